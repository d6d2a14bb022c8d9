using System.Buffers;
using System.Text;
using System.Text.Json;
using Halyard.AllFlags;
using Halyard.DataModel.Json.Reading;

namespace Halyard;

/// <summary>The values of all flags for one context, of one moment. Immutable and thread-safe.</summary>
public sealed class AllFlagsState
{
    private readonly FlagState[] _flags;
    private Dictionary<string, Value>? _values;

    internal AllFlagsState(FlagState[] flags, bool isValid)
    {
        _flags = flags;
        IsValid = isValid;
    }

    /// <summary>Whether there was data and the context was valid; without data the state holds overridden flags alone.</summary>
    public bool IsValid { get; }

    /// <summary>The values by flag key; null for a flag that could not be evaluated or has no value.</summary>
    public IReadOnlyDictionary<string, Value> Values => _values ??= MakeValues();

    internal static AllFlagsState Invalid { get; } = new([], false);

    /// <summary>The reason for a flag's value; null for an unknown flag or when reasons were not asked for.</summary>
    public EvaluationReason? GetReason(string key)
    {
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            if (flag.Key == key)
            {
                return flag.HasReason ? flag.Reason : null;
            }
        }

        return null;
    }

    /// <summary>Writes the bootstrap JSON for front ends (values by key, <c>$flagsState</c>, <c>$valid</c>).</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            writer.WritePropertyName(flag.Key);
            JsonText.Write(writer, flag.Value);
        }

        writer.WriteStartObject("$flagsState"u8);
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            flag.WriteMetadata(writer);
        }

        writer.WriteEndObject();
        writer.WriteBoolean("$valid"u8, IsValid);
        writer.WriteEndObject();
    }

    /// <summary>The bootstrap JSON for front ends.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = int.MaxValue }))
        {
            WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private Dictionary<string, Value> MakeValues()
    {
        var values = new Dictionary<string, Value>(_flags.Length, StringComparer.Ordinal);
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            values[flag.Key] = flag.Value;
        }

        return values;
    }
}
