using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>
/// A fault found while reading. It knows only where the reader stood: the path is worked out by <see cref="JsonPath"/>
/// when, and only when, there is a fault. Never leaves the readers of JSON: they turn it into a <see cref="MalformedDataException"/>.
/// </summary>
internal sealed class JsonFault(string problem, long offset) : Exception(problem)
{
    /// <summary>The index of the faulty token's first byte in the reader's input.</summary>
    public long Offset { get; } = offset;

    /// <summary>A fault at the reader's current token.</summary>
    public static JsonFault At(ref JsonCursor reader, string problem) => new(problem, reader.TokenStartIndex);

    /// <summary>The current token is of the wrong type.</summary>
    public static JsonFault Expected(ref JsonCursor reader, string expected) =>
        At(ref reader, $"expected {expected} but found {Describe(reader.TokenType)}");

    /// <summary>Whether an exception is a fault of the text, as opposed to one of the program.</summary>
    public static bool IsFault(Exception exception) => exception is JsonFault or JsonException;

    /// <summary>Turns a fault into what callers see.</summary>
    /// <param name="fault">An exception for which <see cref="IsFault"/> holds.</param>
    /// <param name="start">A copy of the reader as it was before the reading began.</param>
    /// <param name="root">The path of the value that was read, in its document; empty for the document itself.</param>
    /// <param name="inside">How many of the objects that the root names the reader stood inside of; zero before the value.</param>
    public static MalformedDataException Located(Exception fault, JsonCursor start, string root, int inside = 0)
    {
        var path = JsonPath.Of(start, fault is JsonFault known ? known.Offset : long.MaxValue, root, inside);
        var where = path.Length == 0 ? "At the root" : $"At {path}";
        return fault is JsonFault
            ? new MalformedDataException($"{where}: {fault.Message}.", path)
            : new MalformedDataException($"{where}: the text is not valid JSON: {fault.Message}", path, fault);
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        JsonTokenType.PropertyName => "a property name",
        JsonTokenType.EndObject or JsonTokenType.EndArray => "the end",
        _ => "nothing",
    };
}
