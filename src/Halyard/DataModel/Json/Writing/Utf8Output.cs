using System.Text.Json;

namespace Halyard.DataModel.Json.Writing;

/// <summary>JSON into a writer of the platform.</summary>
internal readonly struct Utf8Output(Utf8JsonWriter writer) : IJsonOutput
{
    public void StartObject() => writer.WriteStartObject();

    public void EndObject() => writer.WriteEndObject();

    public void StartArray() => writer.WriteStartArray();

    public void EndArray() => writer.WriteEndArray();

    public void Name(string name) => writer.WritePropertyName(name);

    public void Name(JsonEncodedText name) => writer.WritePropertyName(name);

    public void Text(string text) => writer.WriteStringValue(text);

    public void Number(long number) => writer.WriteNumberValue(number);

    public void Number(double number) => writer.WriteNumberValue(number);

    public void Number(string digits) => writer.WriteRawValue(digits, skipInputValidation: true);

    public void Bool(bool value) => writer.WriteBooleanValue(value);

    public void Null() => writer.WriteNullValue();
}
