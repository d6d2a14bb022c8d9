using System.Text.Json;

namespace Halyard;

/// <summary>Values to and from JSON text.</summary>
internal static class JsonText
{
    public static string Of(Value value) => throw new NotImplementedException();

    public static void Write(Utf8JsonWriter writer, Value value) => throw new NotImplementedException();

    /// <summary>Reads the value at the reader's current token, which afterwards is the value's last token.</summary>
    public static Value Read(ref Utf8JsonReader reader) => throw new NotImplementedException();

    /// <exception cref="MalformedDataException">The text is not one JSON value.</exception>
    public static Value Parse(ReadOnlySpan<byte> utf8Json) => throw new NotImplementedException();
}
