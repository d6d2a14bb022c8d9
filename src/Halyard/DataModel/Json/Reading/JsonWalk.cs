using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>The steps that every reader of this folder is made of. Faults are <see cref="JsonFault"/>s.</summary>
internal static partial class JsonWalk
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a document that holds one value and nothing after it.</summary>
    /// <exception cref="MalformedDataException">The text is not JSON or of the wrong shape.</exception>
    public static T Document<T>(ReadOnlySpan<byte> utf8Json, ElementReader<T> read)
    {
        var reader = new JsonCursor(WithoutMark(utf8Json));
        return Located(ref reader, "", read, toTheEnd: true);
    }

    /// <summary>Reads the value at which the reader stands, or that follows when it is fresh or at a property name.</summary>
    /// <exception cref="MalformedDataException">The text is not JSON or of the wrong shape.</exception>
    public static T Located<T>(ref JsonCursor reader, string path, ElementReader<T> read, bool toTheEnd = false)
    {
        var start = reader;
        var scratch = ReadScratch.Rent();
        try
        {
            MoveToValue(ref reader);
            var result = read(ref reader, scratch);
            if (toTheEnd)
            {
                ExpectEnd(ref reader);
            }

            scratch.Return();
            return result;
        }
        catch (Exception fault) when (JsonFault.IsFault(fault))
        {
            scratch.ReturnFaulty();
            throw JsonFault.Located(fault, start, path);
        }
    }

    /// <summary>Files written by some editors begin with a byte order mark, which is no JSON.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8Json) =>
        utf8Json.StartsWith(ByteOrderMark) ? utf8Json[ByteOrderMark.Length..] : utf8Json;

    public static void MoveToValue(ref JsonCursor reader)
    {
        if (reader.TokenType is JsonTokenType.None or JsonTokenType.PropertyName)
        {
            Next(ref reader);
        }
    }

    public static void ExpectEnd(ref JsonCursor reader)
    {
        if (reader.Read())
        {
            throw JsonFault.At(ref reader, "there is more text after the value");
        }
    }

    public static void Next(ref JsonCursor reader)
    {
        if (!reader.Read())
        {
            throw JsonFault.At(ref reader, "the text ends too early");
        }
    }

    public static void ExpectObject(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonFault.Expected(ref reader, "an object");
        }
    }

    public static void ExpectArray(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw JsonFault.Expected(ref reader, "an array");
        }
    }

    /// <summary>Goes on to the next member's name; false at the object's end.</summary>
    public static bool NextMember(ref JsonCursor reader) => reader.ReadMember();

    /// <summary>From a member's name to its value; false when that is null, which reads as absent.</summary>
    public static bool NextValue(ref JsonCursor reader)
    {
        reader.ReadMemberValue();
        return reader.TokenType != JsonTokenType.Null;
    }

    public static void ExpectString(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw JsonFault.Expected(ref reader, "a string");
        }
    }

    /// <summary>A member that is a boolean; absent is false.</summary>
    public static bool Bool(ref JsonCursor reader)
    {
        reader.ReadMemberValue();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw JsonFault.Expected(ref reader, "a boolean"),
        };
    }

    /// <summary>A member that is a string.</summary>
    public static string? String(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        ExpectString(ref reader);
        return scratch.String(ref reader);
    }

    /// <summary>A member that is a string which stays as it was written, among the texts of its flag; null and absent are empty.</summary>
    public static FlagText Text(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!NextValue(ref reader))
        {
            return default;
        }

        ExpectString(ref reader);
        return scratch.AddText(ref reader);
    }

    /// <summary>A member that is a string which is likely to repeat.</summary>
    public static string? Pooled(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        ExpectString(ref reader);
        return scratch.Pooled(ref reader);
    }

    /// <summary>A member that names a context kind; an empty one is none, as an absent one.</summary>
    public static string? ContextKind(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        ExpectString(ref reader);
        var kind = scratch.Text(ref reader);
        return kind.Length == 0 ? null : kind.SequenceEqual("user"u8) ? Context.DefaultKind : scratch.Pooled(ref reader);
    }

    /// <summary>A boolean member that no evaluation reads: of another type it counts as absent, so that the item is not lost to it.</summary>
    public static bool UnreadBool(ref JsonCursor reader)
    {
        reader.ReadMemberValue();
        var value = reader.TokenType == JsonTokenType.True;
        reader.Skip();
        return value;
    }

    /// <summary>A string that no evaluation reads: anything else counts as absent.</summary>
    public static string? UnreadString(ref JsonCursor reader, ReadScratch scratch)
    {
        reader.ReadMemberValue();
        if (reader.TokenType == JsonTokenType.String)
        {
            return scratch.String(ref reader);
        }

        reader.Skip();
        return null;
    }

    /// <summary>From the name of a member that no evaluation reads to its object; false when it is none, which counts as absent.</summary>
    public static bool NextUnreadObject(ref JsonCursor reader)
    {
        reader.ReadMemberValue();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    /// <summary>A member that is an array; null and absent are empty.</summary>
    public static ImmutableArray<T> Array<T>(
        ref JsonCursor reader, ReadScratch scratch, ReadBuffer<T> buffer, ElementReader<T> read) =>
        NextValue(ref reader) ? ImmutableCollectionsMarshal.AsImmutableArray(Elements(ref reader, scratch, buffer, read)) : [];

    /// <summary>A member that is an array of strings which form a set; null and absent are empty, and a null among them is nobody.</summary>
    public static KeySet KeySet(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!NextValue(ref reader))
        {
            return Model.KeySet.Empty;
        }

        ExpectArray(ref reader);
        for (Next(ref reader); reader.TokenType != JsonTokenType.EndArray; Next(ref reader))
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            ExpectString(ref reader);
            scratch.AddKey(ref reader);
        }

        return scratch.TakeKeys();
    }

    /// <summary>The elements of an array.</summary>
    public static T[] Elements<T>(ref JsonCursor reader, ReadScratch scratch, ReadBuffer<T> buffer, ElementReader<T> read) =>
        buffer.Take(Gather(ref reader, scratch, buffer, read));

    /// <summary>Reads the elements of an array onto a stack.</summary>
    /// <returns>The mark above which they lie.</returns>
    public static int Gather<T>(ref JsonCursor reader, ReadScratch scratch, ReadBuffer<T> buffer, ElementReader<T> read)
    {
        ExpectArray(ref reader);
        var mark = buffer.Count;
        for (Next(ref reader); reader.TokenType != JsonTokenType.EndArray; Next(ref reader))
        {
            buffer.Add(read(ref reader, scratch));
        }

        return mark;
    }

    /// <summary>Skips a member: from its name to the end of its value.</summary>
    public static void SkipMember(ref JsonCursor reader)
    {
        Next(ref reader);
        reader.Skip();
    }

    /// <summary>Keeps a member that the model does not know; a repeated one takes the place of the one before.</summary>
    /// <param name="reader">At the member's name; afterwards at the end of its value.</param>
    /// <param name="scratch">The read's scratch.</param>
    /// <param name="unknown">The members kept so far; null when none.</param>
    public static void Keep(ref JsonCursor reader, ReadScratch scratch, ref List<KeyValuePair<string, byte[]>>? unknown)
    {
        var name = scratch.Pooled(ref reader);
        Next(ref reader);
        var raw = RawValue(ref reader);
        if (!System.Text.Unicode.Utf8.IsValid(raw))
        {
            throw JsonFault.At(ref reader, "the text is not valid UTF-8");
        }

        unknown ??= [];
        unknown.Add(new(name, raw));
    }

    /// <summary>What was kept; of a repeated name the last.</summary>
    public static UnknownProperties? Kept(List<KeyValuePair<string, byte[]>>? unknown)
    {
        if (unknown is null)
        {
            return null;
        }

        if (unknown.Count > 1)
        {
            KeepLast(unknown, static member => member.Key);
        }

        return new UnknownProperties([.. unknown]);
    }

    /// <summary>Removes all but the last of the elements with one name, in time that grows with their number alone.</summary>
    public static void KeepLast<T>(List<T> elements, Func<T, string> name)
    {
        var names = new HashSet<string>(elements.Count, StringComparer.Ordinal);
        var to = elements.Count;
        for (var i = elements.Count - 1; i >= 0; i--)
        {
            if (names.Add(name(elements[i])))
            {
                elements[--to] = elements[i];
            }
        }

        elements.RemoveRange(0, to);
    }

    // The value's text without white space. It is copied token by token, because the reader does not hand out its input,
    // and unknown members are rare.
    private static byte[] RawValue(ref JsonCursor reader)
    {
        var raw = new ArrayBufferWriter<byte>();
        var depth = reader.CurrentDepth;
        var first = true;
        while (true)
        {
            var token = reader.TokenType;
            if (token is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                first = true;
            }

            if (!first)
            {
                raw.Write(","u8);
            }

            first = token is JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName;
            if (reader.CurrentDepth - depth >= JsonText.MaxLevels && (token is JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                throw JsonFault.At(ref reader, $"the value has more than {JsonText.MaxLevels} levels");
            }

            RawToken(ref reader, raw);
            if (reader.CurrentDepth == depth && !first)
            {
                return raw.WrittenSpan.ToArray();
            }

            Next(ref reader);
        }
    }

    private static void RawToken(ref JsonCursor reader, ArrayBufferWriter<byte> raw)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                raw.Write("\""u8);
                raw.Write(reader.ValueSpan);
                raw.Write("\""u8);
                break;
            case JsonTokenType.PropertyName:
                raw.Write("\""u8);
                raw.Write(reader.ValueSpan);
                raw.Write("\":"u8);
                break;
            default:
                raw.Write(reader.ValueSpan);
                break;
        }
    }
}
