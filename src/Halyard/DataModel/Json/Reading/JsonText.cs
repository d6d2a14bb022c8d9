using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Values to and from JSON text.</summary>
internal static class JsonText
{
    /// <summary>For text that people and stores read: only what JSON itself demands is escaped.</summary>
    public static JsonWriterOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The value's JSON text.</summary>
    public static string Of(Value value)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Plain))
        {
            Write(writer, value);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Writes the value; a number with the text it was read with.</summary>
    public static void Write(Utf8JsonWriter writer, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                writer.WriteNullValue();
                break;
            case ValueKind.Bool:
                writer.WriteBooleanValue(value.AsBool);
                break;
            case ValueKind.Number:
                WriteNumber(writer, value);
                break;
            case ValueKind.String:
                writer.WriteStringValue(value.AsString);
                break;
            case ValueKind.Array:
                writer.WriteStartArray();
                foreach (ref readonly var element in value.Elements)
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                foreach (var (name, member) in (Dictionary<string, Value>)value.AsObject)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }

                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>Reads a text that is one value. A byte order mark is skipped.</summary>
    /// <exception cref="MalformedDataException">The text is not one JSON value.</exception>
    public static Value Parse(ReadOnlySpan<byte> utf8Json) => JsonWalk.Document(utf8Json, ValueAt);

    /// <summary>Reads a value inside one of the readers of this folder.</summary>
    public static Value ValueAt(ref JsonCursor reader, ReadScratch scratch) => reader.TokenType switch
    {
        JsonTokenType.String => Value.Of(scratch.Pooled(ref reader)),
        JsonTokenType.Number => JsonNumber.Read(reader.ValueSpan),
        JsonTokenType.True => Value.True,
        JsonTokenType.False => Value.False,
        JsonTokenType.Null => Value.Null,
        JsonTokenType.StartArray => Value.OwnedArray(ElementsAt(ref reader, scratch)),
        JsonTokenType.StartObject => ObjectAt(ref reader, scratch),
        _ => throw JsonFault.Expected(ref reader, "a value"),
    };

    private static Value ObjectAt(ref JsonCursor reader, ReadScratch scratch)
    {
        var mark = scratch.Members.Count;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            JsonWalk.Next(ref reader);
            scratch.Members.Add(new(name, ValueAt(ref reader, scratch)));
        }

        var value = scratch.Shared.Object(scratch.Members.Since(mark));
        scratch.Members.Drop(mark);
        return value;
    }

    /// <summary>Reads the values of an array inside one of the readers of this folder.</summary>
    public static Value[] ElementsAt(ref JsonCursor reader, ReadScratch scratch)
    {
        var mark = GatherElements(ref reader, scratch);
        var elements = scratch.Shared.Array(scratch.Values.Since(mark));
        scratch.Values.Drop(mark);
        return elements;
    }

    /// <summary>Reads the values of an array onto the stack of values.</summary>
    /// <returns>The mark above which they lie.</returns>
    public static int GatherElements(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectArray(ref reader);
        var mark = scratch.Values.Count;
        for (JsonWalk.Next(ref reader); reader.TokenType != JsonTokenType.EndArray; JsonWalk.Next(ref reader))
        {
            scratch.Values.Add(ValueAt(ref reader, scratch));
        }

        return mark;
    }

    private static void WriteNumber(Utf8JsonWriter writer, Value value)
    {
        if (value.ExactNumberText is { } text)
        {
            writer.WriteRawValue(text, skipInputValidation: true);
        }
        else
        {
            writer.WriteNumberValue(value.AsDouble);
        }
    }
}
