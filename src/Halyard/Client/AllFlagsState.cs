using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>What an <see cref="AllFlagsState"/> is to hold.</summary>
[Flags]
public enum AllFlagsOptions
{
    /// <summary>Every flag, without reasons.</summary>
    None = 0,

    /// <summary>Only flags that front ends with an environment id may see.</summary>
    ClientSideOnly = 1,

    /// <summary>With evaluation reasons.</summary>
    WithReasons = 2,

    /// <summary>Versions and reasons only for flags that are tracked, debugged or in an experiment; makes the text smaller.</summary>
    DetailsOnlyForTrackedFlags = 4,
}

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

    /// <summary>Whether there was data and the context was valid.</summary>
    public bool IsValid { get; }

    /// <summary>The values by flag key; null for a flag that could not be evaluated or has no value.</summary>
    public IReadOnlyDictionary<string, Value> Values => _values ??= MakeValues();

    internal static AllFlagsState Invalid { get; } = new([], false);

    internal ReadOnlySpan<FlagState> Flags => _flags;

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
        using (var writer = new Utf8JsonWriter(buffer))
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

/// <summary>One flag of an <see cref="AllFlagsState"/>.</summary>
internal readonly struct FlagState(
    Flag flag, string key, long version, int variationIndex, EvaluationReason reason, ImmutableArray<string> prerequisites, FlagStateParts parts)
{
    public string Key => key;

    public Value Value => variationIndex < 0 ? Value.Null : flag.Variations[variationIndex];

    public EvaluationReason Reason => reason;

    public bool HasReason => parts.HasFlag(FlagStateParts.Reason);

    public void WriteMetadata(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(key);
        if (variationIndex >= 0)
        {
            writer.WriteNumber("variation"u8, variationIndex);
        }

        if (parts.HasFlag(FlagStateParts.Version))
        {
            writer.WriteNumber("version"u8, version);
        }

        if (parts.HasFlag(FlagStateParts.Track))
        {
            writer.WriteBoolean("trackEvents"u8, true);
        }

        if (parts.HasFlag(FlagStateParts.TrackReason))
        {
            writer.WriteBoolean("trackReason"u8, true);
        }

        if (flag.DebugEventsUntilDate is { } until and not 0)
        {
            writer.WriteNumber("debugEventsUntilDate"u8, until);
        }

        if (HasReason)
        {
            writer.WritePropertyName("reason"u8);
            EvaluationReasonText.Write(writer, reason);
        }

        if (!prerequisites.IsDefaultOrEmpty)
        {
            writer.WriteStartArray("prerequisites"u8);
            foreach (var prerequisite in prerequisites)
            {
                writer.WriteStringValue(prerequisite);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}

/// <summary>Which optional parts of a flag's metadata are shown.</summary>
[Flags]
internal enum FlagStateParts : byte
{
    None = 0,
    Version = 1,
    Reason = 2,
    Track = 4,
    TrackReason = 8,
}
