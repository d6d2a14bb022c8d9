using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Halyard.Cli;

/// <summary>What a flag gives for a context, with all that led to it.</summary>
/// <param name="Key">The flag.</param>
/// <param name="Version">The flag's version.</param>
/// <param name="Value">The value; null for a flag that serves none.</param>
/// <param name="Variation">The variation's index; null when none was served.</param>
/// <param name="Reason">Why.</param>
internal sealed record FlagReading(string Key, long Version, Value Value, int? Variation, EvaluationReason Reason)
{
    /// <summary>Reads all flags at one moment: no reading mixes old and new data.</summary>
    public static ImmutableSortedDictionary<string, FlagReading> All(Client client, Context context)
    {
        var state = client.AllFlagsState(context, AllFlagsOptions.WithReasons);
        var readings = ImmutableSortedDictionary.CreateBuilder<string, FlagReading>(StringComparer.Ordinal);
        var json = new ArrayBufferWriter<byte>(64 * 1024);
        using (var writer = new Utf8JsonWriter(json, CliJson.Plain))
        {
            state.WriteTo(writer);
        }

        using var document = JsonDocument.Parse(json.WrittenMemory, ObjectText.AnyDepth);
        var metadata = document.RootElement.GetProperty("$flagsState"u8);
        foreach (var (key, value) in state.Values)
        {
            var details = metadata.GetProperty(key);
            readings[key] = new(
                key,
                details.TryGetProperty("version"u8, out var version) ? version.GetInt64() : 0,
                value,
                details.TryGetProperty("variation"u8, out var variation) ? variation.GetInt32() : null,
                state.GetReason(key) ?? default);
        }

        return readings.ToImmutable();
    }

    /// <summary>Writes <c>{"key","version","value","variation","reason"}</c>.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, Key);
        writer.WriteNumber("version"u8, Version);
        writer.WritePropertyName("value"u8);
        Value.WriteTo(writer);
        if (Variation is { } variation)
        {
            writer.WriteNumber("variation"u8, variation);
        }
        else
        {
            writer.WriteNull("variation"u8);
        }

        writer.WritePropertyName("reason"u8);
        Reason.WriteTo(writer);
        writer.WriteEndObject();
    }
}
