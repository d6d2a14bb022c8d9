using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using Halyard.DataModel.Json.Writing;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Values to and from JSON text.</summary>
internal static class JsonText
{
    /// <summary>The levels of objects and arrays that a value may have; an item with a deeper one cannot be understood.</summary>
    public const int MaxLevels = 1000;

    // At this depth the stack is first asked for room; more of it is free where any evaluation or load begins.
    private const int SafeLevels = 64;

    /// <summary>
    /// For text that people and stores read: only what JSON itself demands is escaped. The writer's own limit of levels is out
    /// of the way, because a value may stand inside of others.
    /// </summary>
    public static JsonWriterOptions Plain { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = int.MaxValue };

    /// <summary>The value's JSON text.</summary>
    public static string Of(Value value)
    {
        var output = new CharOutput(stackalloc char[CharOutput.FirstRoom], TextRules.Relaxed);
        ValueWriter.Write(ref output, value);
        return output.TakeText();
    }

    /// <summary>Writes the value; a number with the text it was read with.</summary>
    public static void Write(Utf8JsonWriter writer, Value value)
    {
        var output = new Utf8Output(writer);
        ValueWriter.Write(ref output, value);
    }

    /// <summary>Reads a text that is one value. A byte order mark is skipped.</summary>
    /// <exception cref="MalformedDataException">The text is not one JSON value.</exception>
    public static Value Parse(ReadOnlySpan<byte> utf8Json) => JsonWalk.Document(utf8Json, ValueAt);

    /// <summary>Reads a value inside one of the readers of this folder.</summary>
    public static Value ValueAt(ref JsonCursor reader, ReadScratch scratch) => ValueAt(ref reader, scratch, MaxLevels);

    private static Value ValueAt(ref JsonCursor reader, ReadScratch scratch, int levels) => reader.TokenType switch
    {
        JsonTokenType.String => Value.Of(scratch.Pooled(ref reader)),
        JsonTokenType.Number => JsonNumber.Read(reader.ValueSpan),
        JsonTokenType.True => Value.True,
        JsonTokenType.False => Value.False,
        JsonTokenType.Null => Value.Null,
        JsonTokenType.StartArray => Value.OwnedArray(ElementsAt(ref reader, scratch, Inside(ref reader, levels))),
        JsonTokenType.StartObject => ObjectAt(ref reader, scratch, Inside(ref reader, levels)),
        _ => throw JsonFault.Expected(ref reader, "a value"),
    };

    // The levels left inside the object or array at the reader.
    private static int Inside(ref JsonCursor reader, int levels)
    {
        if (levels == 0)
        {
            throw JsonFault.At(ref reader, $"the value has more than {MaxLevels} levels");
        }

        return levels > MaxLevels - SafeLevels || RuntimeHelpers.TryEnsureSufficientExecutionStack()
            ? levels - 1
            : throw JsonFault.At(ref reader, "the value has more levels than there is room for on the thread's stack");
    }

    private static Value ObjectAt(ref JsonCursor reader, ReadScratch scratch, int levels)
    {
        var mark = scratch.Members.Count;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            JsonWalk.Next(ref reader);
            scratch.Members.Add(new(name, ValueAt(ref reader, scratch, levels)));
        }

        var value = scratch.Shared.Object(scratch.Members.Since(mark));
        scratch.Members.Drop(mark);
        return value;
    }

    /// <summary>Reads the values of an array inside one of the readers of this folder.</summary>
    public static Value[] ElementsAt(ref JsonCursor reader, ReadScratch scratch) => ElementsAt(ref reader, scratch, MaxLevels);

    private static Value[] ElementsAt(ref JsonCursor reader, ReadScratch scratch, int levels)
    {
        var mark = GatherElements(ref reader, scratch, levels);
        var elements = scratch.Shared.Array(scratch.Values.Since(mark));
        scratch.Values.Drop(mark);
        return elements;
    }

    /// <summary>Reads the values of an array onto the stack of values.</summary>
    /// <returns>The mark above which they lie.</returns>
    public static int GatherElements(ref JsonCursor reader, ReadScratch scratch) => GatherElements(ref reader, scratch, MaxLevels);

    private static int GatherElements(ref JsonCursor reader, ReadScratch scratch, int levels)
    {
        JsonWalk.ExpectArray(ref reader);
        var mark = scratch.Values.Count;
        for (JsonWalk.Next(ref reader); reader.TokenType != JsonTokenType.EndArray; JsonWalk.Next(ref reader))
        {
            scratch.Values.Add(ValueAt(ref reader, scratch, levels));
        }

        return mark;
    }
}
