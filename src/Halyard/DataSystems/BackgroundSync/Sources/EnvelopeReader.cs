using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataSystems.Sources;

/// <summary>The steps in which the envelopes of events are read. Faults are <see cref="MalformedDataException"/>s that name the event.</summary>
internal static class EnvelopeReader
{
    /// <summary>The event's fault, for what the JSON reader throws; null for any other exception.</summary>
    public static MalformedDataException? Fault(Exception exception, string eventType) => exception switch
    {
        JsonException e => new($"The '{eventType}' event is not valid JSON: {e.Message}", "", e),
        // What the JSON reader throws for text that is not valid UTF-8.
        InvalidOperationException e => new($"The '{eventType}' event has text that cannot be read: {e.Message}", "", e),
        _ => null,
    };

    /// <summary>A reader at the start of the event's object.</summary>
    public static JsonCursor Open(ReadOnlySpan<byte> data, string eventType)
    {
        var reader = new JsonCursor(data);
        reader.Read();
        ExpectObject(ref reader, eventType);
        return reader;
    }

    public static void ExpectObject(ref JsonCursor reader, string eventType)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedDataException($"The '{eventType}' event is not a JSON object.", "");
        }
    }

    /// <summary>Moves to the next property's name; false at the object's end.</summary>
    public static bool NextProperty(ref JsonCursor reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Makes sure that nothing follows the event: the JSON reader throws when something does.</summary>
    public static void ExpectEnd(ref JsonCursor reader) => reader.Read();

    public static void SkipValue(ref JsonCursor reader)
    {
        reader.Read();
        reader.Skip();
    }

    public static string? ReadString(ref JsonCursor reader, string eventType, string name)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null
            ? reader.GetString()
            : throw new MalformedDataException($"The '{eventType}' event's '{name}' is not a string.", name);
    }

    public static long ReadInt64(ref JsonCursor reader, string eventType, string name)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)
            ? number
            : throw new MalformedDataException($"The '{eventType}' event's '{name}' is not a whole number.", name);
    }

    public static MalformedDataException Missing(string eventType, string name) =>
        new($"The '{eventType}' event has no '{name}'.", name);
}
