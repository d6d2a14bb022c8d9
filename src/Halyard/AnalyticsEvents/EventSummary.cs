using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.AnalyticsEvents;

/// <summary>Counts evaluations by flag, variation, version and whether it was overridden, between two deliveries. For one thread.</summary>
/// <param name="mostFlags">Keys of unknown flags may come from anywhere: beyond so many, further flags are not counted.</param>
internal sealed class EventSummary(int mostFlags)
{
    /// <summary>A caller may pass any default value: beyond so many of one flag, further ones are counted with the first.</summary>
    private const int MostDefaults = 32;

    private readonly Dictionary<string, FlagCounts> _flags = new(StringComparer.Ordinal);
    private long _from = long.MaxValue;
    private long _to;

    public bool IsEmpty => _flags.Count == 0;

    /// <summary>Counts one evaluation; false when there is no room for another flag.</summary>
    /// <param name="key">The flag's key.</param>
    /// <param name="flag">The flag; null when it is unknown.</param>
    /// <param name="context">What it was evaluated for.</param>
    /// <param name="variation">The variation served; negative for none.</param>
    /// <param name="value">The value served.</param>
    /// <param name="defaultValue">The caller's default; null for a prerequisite, which has none.</param>
    /// <param name="time">Unix milliseconds.</param>
    public bool Add(string key, Flag? flag, Context context, int variation, in Value value, Value? defaultValue, long time)
    {
        if (!_flags.TryGetValue(key, out var counts))
        {
            if (_flags.Count >= mostFlags)
            {
                return false;
            }

            _flags.Add(key, counts = new());
        }

        _from = Math.Min(_from, time);
        _to = Math.Max(_to, time);
        counts.Default ??= defaultValue;
        counts.AddKinds(context);
        counts.Count(variation, flag?.Version, flag is { IsOverride: true }, value);
        return true;
    }

    /// <summary>Writes the summary and starts the next.</summary>
    public void WriteAndClear(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "summary"u8);
        writer.WriteNumber("startDate"u8, _from);
        writer.WriteNumber("endDate"u8, _to);
        writer.WriteStartObject("features"u8);
        foreach (var (key, counts) in _flags)
        {
            writer.WritePropertyName(key);
            counts.Write(writer);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        Clear();
    }

    public void Clear()
    {
        _flags.Clear();
        _from = long.MaxValue;
        _to = 0;
    }

    private sealed class FlagCounts
    {
        private readonly List<string> _kinds = [];
        private readonly List<Counter> _counters = [];

        public Value? Default { get; set; }

        public void AddKinds(Context context)
        {
            if (!context.IsMulti)
            {
                AddKind(context.Kind);
                return;
            }

            foreach (var member in context.MemberSpan)
            {
                AddKind(member.Kind);
            }
        }

        public void Count(int variation, long? version, bool isOverride, in Value value)
        {
            Counter? alike = null;
            var defaults = 0;
            foreach (var counter in _counters)
            {
                if (counter.Variation != variation || counter.Version != version || counter.IsOverride != isOverride)
                {
                    continue;
                }

                // A variation of one version has one value; a default is whatever the caller passed, and an override may
                // be changed without a new version.
                if ((variation >= 0 && !isOverride) || counter.Value == value)
                {
                    counter.Count++;
                    return;
                }

                alike ??= counter;
                defaults++;
            }

            if (defaults >= MostDefaults)
            {
                alike!.Count++;
                return;
            }

            _counters.Add(new(variation, version, isOverride, value) { Count = 1 });
        }

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            if (Default is { } defaultValue)
            {
                writer.WritePropertyName("default"u8);
                JsonText.Write(writer, defaultValue);
            }

            writer.WriteStartArray("contextKinds"u8);
            foreach (var kind in _kinds)
            {
                writer.WriteStringValue(kind);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("counters"u8);
            foreach (var counter in _counters)
            {
                counter.Write(writer);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        private void AddKind(string kind)
        {
            if (!_kinds.Contains(kind))
            {
                _kinds.Add(kind);
            }
        }
    }

    private sealed class Counter(int variation, long? version, bool isOverride, Value value)
    {
        public int Variation => variation;

        public long? Version => version;

        public bool IsOverride => isOverride;

        public Value Value => value;

        public long Count { get; set; }

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            if (variation >= 0)
            {
                writer.WriteNumber("variation"u8, variation);
            }

            if (version is { } number)
            {
                writer.WriteNumber("version"u8, number);
            }
            else
            {
                writer.WriteBoolean("unknown"u8, true);
            }

            writer.WritePropertyName("value"u8);
            JsonText.Write(writer, value);
            writer.WriteNumber("count"u8, Count);
            if (isOverride)
            {
                writer.WriteBoolean("override"u8, true);
            }

            writer.WriteEndObject();
        }
    }
}
