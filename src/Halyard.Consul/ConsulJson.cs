using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Halyard;

/// <summary>
/// The JSON of Consul's key/value interface. Unknown properties are passed over. What is something else throws what the platform's
/// reader throws: a <see cref="JsonException"/>, a <see cref="FormatException"/> or an <see cref="InvalidOperationException"/>.
/// </summary>
internal static class ConsulJson
{
    /// <summary>Reads what a key or a folder is answered with.</summary>
    public static List<ConsulEntry> Entries(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new Utf8JsonReader(utf8Json);
        Expect(ref reader, JsonTokenType.StartArray);
        var entries = new List<ConsulEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            entries.Add(Entry(ref reader));
        }

        return entries;
    }

    /// <summary>Reads a list of keys.</summary>
    public static List<string> Keys(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new Utf8JsonReader(utf8Json);
        Expect(ref reader, JsonTokenType.StartArray);
        var keys = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            keys.Add(reader.GetString()!);
        }

        return keys;
    }

    /// <summary>Why a transaction was refused, in Consul's words.</summary>
    public static string Refusal(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8Json);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("What"u8) && reader.Read())
                {
                    return reader.GetString() ?? "";
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Plain text, then.
        }

        return Excerpt(utf8Json);
    }

    /// <summary>The first words of an answer, for an error.</summary>
    public static string Excerpt(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 300)]).Trim();
        return text.ReplaceLineEndings(" ");
    }

    /// <summary>Reads the entries that a transaction answers with.</summary>
    public static List<ConsulEntry> Results(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new Utf8JsonReader(utf8Json);
        Expect(ref reader, JsonTokenType.StartObject);
        var entries = new List<ConsulEntry>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("Results"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            // [{"KV":{...}}, ...]
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("KV"u8) && reader.Read())
                {
                    entries.Add(Entry(ref reader));
                }
            }
        }

        return entries;
    }

    /// <summary>One operation of a transaction.</summary>
    /// <param name="verb">What to do, by Consul's word.</param>
    /// <param name="key">The whole key.</param>
    /// <param name="value">What to set it to; null for operations that set nothing.</param>
    /// <param name="index">The last change that it must have had; null when that does not matter.</param>
    public static byte[] Operation(ReadOnlySpan<byte> verb, string key, ReadOnlyMemory<byte>? value = null, ulong? index = null)
    {
        var buffer = new ArrayBufferWriter<byte>(128 + ((value?.Length ?? 0) * 4 / 3));
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("KV"u8);
            writer.WriteString("Verb"u8, verb);
            writer.WriteString("Key"u8, key);
            if (value is { } bytes)
            {
                writer.WriteBase64String("Value"u8, bytes.Span);
            }

            if (index is { } number)
            {
                writer.WriteNumber("Index"u8, number);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static ConsulEntry Entry(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An entry is no object.");
        }

        string? key = null;
        byte[] value = [];
        ulong index = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("Key"u8))
            {
                reader.Read();
                key = reader.GetString();
            }
            else if (reader.ValueTextEquals("Value"u8))
            {
                // Null for an empty value, as folders and the marker have.
                reader.Read();
                value = reader.TokenType == JsonTokenType.Null ? [] : reader.GetBytesFromBase64();
            }
            else if (reader.ValueTextEquals("ModifyIndex"u8))
            {
                reader.Read();
                index = reader.GetUInt64();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new(key ?? throw new JsonException("An entry has no Key."), value, index);
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw new JsonException("The answer has another form.");
        }
    }
}
