using System.Globalization;
using System.Text.Json;

namespace Halyard;

/// <summary>One flag's evaluation in the protocol's words.</summary>
/// <param name="client">Knows how the flag serves.</param>
/// <param name="key">The flag.</param>
/// <param name="value">What it gave.</param>
/// <param name="variation">The variation's index; null when it gave none.</param>
/// <param name="reason">Why.</param>
internal readonly struct OfrepFlag(IHalyardClient client, string key, Value value, int? variation, EvaluationReason reason)
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, key);
        writer.WriteString("reason"u8, Reason());
        if (variation is { } index)
        {
            writer.WriteString("variant"u8, index.ToString(CultureInfo.InvariantCulture));
        }

        // Without a value the client uses the default of its code, as for a flag that is off and serves nothing.
        if (!value.IsNull)
        {
            writer.WritePropertyName("value"u8);
            value.WriteTo(writer);
        }

        WriteMetadata(writer);
        writer.WriteEndObject();
    }

    private string Reason() => reason.Kind switch
    {
        EvaluationReasonKind.Off => "DISABLED",
        EvaluationReasonKind.Fallthrough => IsSplit() ? "SPLIT" : "STATIC",
        EvaluationReasonKind.TargetMatch => "TARGETING_MATCH",
        EvaluationReasonKind.RuleMatch => IsSplit() ? "SPLIT" : "TARGETING_MATCH",
        _ => "UNKNOWN",
    };

    private bool IsSplit()
    {
        if (reason.InExperiment)
        {
            return true;
        }

        if (client.Store.Snapshot().GetFlag(key)?.Item is not { } flag)
        {
            return false;
        }

        var rules = flag.Rules;
        return reason.Kind == EvaluationReasonKind.Fallthrough ? flag.Fallthrough.Rollout is not null
            : reason.RuleIndex >= 0 && reason.RuleIndex < rules.Length && rules[reason.RuleIndex].Serve.Rollout is not null;
    }

    // What the protocol's few words leave out. Clients keep texts, numbers and booleans alone.
    private void WriteMetadata(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("reasonKind"u8, reason.KindName);
        if (reason.RuleIndex >= 0)
        {
            writer.WriteNumber("ruleIndex"u8, reason.RuleIndex);
        }

        if (!string.IsNullOrEmpty(reason.RuleId))
        {
            writer.WriteString("ruleId"u8, reason.RuleId);
        }

        if (reason.PrerequisiteKey is { } prerequisite)
        {
            writer.WriteString("prerequisiteKey"u8, prerequisite);
        }

        if (reason.InExperiment)
        {
            writer.WriteBoolean("inExperiment"u8, true);
        }

        writer.WriteEndObject();
    }
}
