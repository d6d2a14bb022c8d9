using System.Collections.Immutable;
using System.Text.Json;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard.AllFlags;

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
