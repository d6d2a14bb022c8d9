using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Halyard;

/// <summary>
/// Makes an evaluation context of OpenFeature into one of Halyard, as LaunchDarkly's own providers do: <c>targetingKey</c>
/// (or <c>key</c>) becomes the key, <c>kind</c> the kind, and with the kind <c>multi</c> each object is a context of its own.
/// </summary>
internal static class OfrepContext
{
    private const int DeepestBody = 100_000;

    private static readonly JsonWriterOptions WriteOptions = new() { SkipValidation = true, MaxDepth = int.MaxValue };

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="OfrepException">It is no body of this protocol, or its context cannot be evaluated for.</exception>
    public static Context Read(ReadOnlyMemory<byte> body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new() { MaxDepth = DeepestBody });
        }
        catch (JsonException exception)
        {
            throw new OfrepException(OfrepError.Parse, $"The body is not JSON: {exception.Message}");
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new OfrepException(OfrepError.Parse, "The body is a JSON object with a context.");
            }

            return document.RootElement.TryGetProperty("context"u8, out var context) switch
            {
                true when context.ValueKind == JsonValueKind.Object => Build(context),
                true when context.ValueKind != JsonValueKind.Null => throw new OfrepException(OfrepError.InvalidContext, "context is a JSON object."),
                _ => throw new OfrepException(OfrepError.NoTargetingKey, "The context with its targetingKey is missing."),
            };
        }
    }

    private static Context Build(JsonElement source)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriteOptions))
        {
            if (Kind(source) == Context.MultiKind)
            {
                WriteMulti(writer, source);
            }
            else
            {
                writer.WriteStartObject();
                WriteSingle(writer, source, Kind(source), whose: "The context");
                writer.WriteEndObject();
            }
        }

        // The client's own reader decides what is valid: halves of surrogate pairs, numbers of any size.
        var context = Context.FromJson(buffer.WrittenSpan);
        return context.IsValid ? context : throw new OfrepException(OfrepError.InvalidContext, $"The context is invalid: {context.Error}");
    }

    private static void WriteMulti(Utf8JsonWriter writer, JsonElement source)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, Context.MultiKind);
        var any = false;
        foreach (var member in source.EnumerateObject())
        {
            // What is no object is no context; a targetingKey beside them means nothing.
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                any = true;
                WriteName(writer, member);
                writer.WriteStartObject();
                WriteSingle(writer, member.Value, kind: null, whose: "A context of the kind multi");
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        if (!any)
        {
            throw new OfrepException(OfrepError.InvalidContext, "A context of the kind multi has an object for each kind.");
        }
    }

    /// <param name="writer">Where to.</param>
    /// <param name="source">The context as OpenFeature sends it.</param>
    /// <param name="kind">Its kind; null where its name says that.</param>
    /// <param name="whose">For messages.</param>
    private static void WriteSingle(Utf8JsonWriter writer, JsonElement source, string? kind, string whose)
    {
        if (kind is not null)
        {
            writer.WriteString("kind"u8, kind);
        }

        if (!TryKey(source, "targetingKey"u8, out var key) && !TryKey(source, "key"u8, out key))
        {
            throw new OfrepException(OfrepError.NoTargetingKey, $"{whose} has no targetingKey.");
        }

        writer.WritePropertyName("key"u8);
        WriteRaw(writer, key);
        foreach (var member in source.EnumerateObject())
        {
            if (member.NameEquals("targetingKey"u8) || member.NameEquals("key"u8) || member.NameEquals("kind"u8) || member.NameEquals("_meta"u8)
                || (member.NameEquals("name"u8) && member.Value.ValueKind != JsonValueKind.String)
                || (member.NameEquals("anonymous"u8) && member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)))
            {
                continue;
            }

            if (!member.NameEquals("privateAttributes"u8))
            {
                WriteName(writer, member);
                WriteRaw(writer, member.Value);
            }
            else if (member.Value.ValueKind == JsonValueKind.Array)
            {
                writer.WriteStartObject("_meta"u8);
                writer.WritePropertyName("privateAttributes"u8);
                writer.WriteStartArray();
                foreach (var reference in member.Value.EnumerateArray().Where(static reference => reference.ValueKind == JsonValueKind.String))
                {
                    WriteRaw(writer, reference);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }
        }
    }

    private static bool TryKey(JsonElement source, ReadOnlySpan<byte> name, out JsonElement key) =>
        source.TryGetProperty(name, out key) && key.ValueKind == JsonValueKind.String && !key.ValueEquals(""u8);

    private static string Kind(JsonElement source)
    {
        if (!source.TryGetProperty("kind"u8, out var kind) || kind.ValueKind != JsonValueKind.String)
        {
            return Context.DefaultKind;
        }

        try
        {
            return kind.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new OfrepException(OfrepError.InvalidContext, "The context's kind is no valid text.");
        }
    }

    private static void WriteRaw(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static void WriteName(Utf8JsonWriter writer, JsonProperty member)
    {
        try
        {
            writer.WritePropertyName(member.Name);
        }
        catch (InvalidOperationException)
        {
            throw new OfrepException(OfrepError.InvalidContext, "An attribute's name is no valid text.");
        }
    }
}
