using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.Evaluation;

namespace Halyard.ContractService;

/// <summary>
/// Typed reading of the harness's JSON: a missing property and null are the same, any other type than the expected
/// one is a bad request that names the property.
/// </summary>
internal static class Json
{
    public static JsonElement? Member(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    public static JsonElement? Object(this JsonElement parent, string name) => Typed(parent, name, JsonValueKind.Object, "an object");

    public static JsonElement RequiredObject(this JsonElement parent, string name) =>
        parent.Object(name) ?? throw new BadRequestException($"'{name}' is missing");

    public static IEnumerable<JsonElement> Array(this JsonElement parent, string name) =>
        Typed(parent, name, JsonValueKind.Array, "an array") is { } array ? array.EnumerateArray() : [];

    public static bool Has(this JsonElement parent, string name) => parent.Member(name) is not null;

    public static string? String(this JsonElement parent, string name) => Typed(parent, name, JsonValueKind.String, "a string")?.GetString();

    public static string RequiredString(this JsonElement parent, string name) =>
        parent.String(name) ?? throw new BadRequestException($"'{name}' is missing");

    public static bool Bool(this JsonElement parent, string name) => parent.Member(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw new BadRequestException($"'{name}' is not a boolean"),
    };

    public static double? Number(this JsonElement parent, string name) => Typed(parent, name, JsonValueKind.Number, "a number")?.GetDouble();

    /// <summary>A time in milliseconds, kept within what timers can wait for; null when missing or zero.</summary>
    public static TimeSpan? Milliseconds(this JsonElement parent, string name) => parent.Number(name) switch
    {
        null or 0 => null,
        < 0 => throw new BadRequestException($"'{name}' is negative"),
        { } ms => TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue - 1)),
    };

    public static Uri? Address(this JsonElement parent, string name)
    {
        if (parent.String(name) is not { Length: > 0 } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : throw new BadRequestException($"'{name}' is not an absolute address: {text}");
    }

    public static Value Value(this JsonElement parent, string name) => parent.Member(name) is { } value ? ToValue(value) : Halyard.Value.Null;

    public static Value ToValue(JsonElement element) => JsonText.Parse(Encoding.UTF8.GetBytes(element.GetRawText()));

    /// <summary>The context that a command is for: a <c>context</c>, or an old-style <c>user</c> in its place.</summary>
    public static Context RequiredContext(this JsonElement parent) =>
        ToContext(parent.Object("context") ?? parent.Object("user") ?? throw new BadRequestException("'context' is missing"));

    /// <summary>Writes a JSON text.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    public static void Write(this Utf8JsonWriter writer, string name, Value value)
    {
        writer.WritePropertyName(name);
        JsonText.Write(writer, value);
    }

    public static void Write(this Utf8JsonWriter writer, string name, Context context)
    {
        writer.WritePropertyName(name);
        if (context is { IsValid: true })
        {
            writer.WriteRawValue(context.ToJson());
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    public static void WriteDetail(this Utf8JsonWriter writer, in EvaluationDetail<Value> detail)
    {
        if (detail.VariationIndex is { } index)
        {
            writer.WriteNumber("variationIndex", index);
        }
        else
        {
            writer.WriteNull("variationIndex");
        }

        writer.WritePropertyName("reason");
        EvaluationReasonText.Write(writer, detail.Reason);
    }

    // An invalid context is not a bad request: what the SDK makes of it is what is being tested.
    private static Context ToContext(JsonElement element) => Context.FromJson(element.GetRawText());

    private static JsonElement? Typed(JsonElement parent, string name, JsonValueKind kind, string what) => parent.Member(name) switch
    {
        null => null,
        { } value when value.ValueKind == kind => value,
        _ => throw new BadRequestException($"'{name}' is not {what}"),
    };
}
