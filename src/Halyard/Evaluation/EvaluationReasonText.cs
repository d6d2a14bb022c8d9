using System.Globalization;
using System.Text.Json;

namespace Halyard.Evaluation;

/// <summary>The names that reasons have on the wire: the same in events, in all-flags states and in every SDK.</summary>
internal static class EvaluationReasonText
{
    /// <summary>The short form for people.</summary>
    public static string Describe(in EvaluationReason reason)
    {
        var kind = NameOf(reason.Kind);
        var text = reason switch
        {
            { Kind: EvaluationReasonKind.RuleMatch, RuleId: { } id } =>
                string.Create(CultureInfo.InvariantCulture, $"{kind}({reason.RuleIndex},{id})"),
            { Kind: EvaluationReasonKind.RuleMatch } => string.Create(CultureInfo.InvariantCulture, $"{kind}({reason.RuleIndex})"),
            { Kind: EvaluationReasonKind.PrerequisiteFailed, PrerequisiteKey: { } key } => $"{kind}({key})",
            { Kind: EvaluationReasonKind.Error, ErrorKind: not EvaluationErrorKind.None } => $"{kind}({NameOf(reason.ErrorKind)})",
            _ => kind,
        };
        return reason.IsOverride ? text + ", override" : text;
    }

    /// <summary>Writes the reason's JSON object; only the members that belong to its kind.</summary>
    public static void Write(Utf8JsonWriter writer, in EvaluationReason reason)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, NameOf(reason.Kind));
        if (reason.Kind == EvaluationReasonKind.RuleMatch)
        {
            writer.WriteNumber("ruleIndex"u8, reason.RuleIndex);
        }

        if (reason.RuleId is { } id)
        {
            writer.WriteString("ruleId"u8, id);
        }

        if (reason.PrerequisiteKey is { } key)
        {
            writer.WriteString("prerequisiteKey"u8, key);
        }

        if (reason is { Kind: EvaluationReasonKind.Error, ErrorKind: not EvaluationErrorKind.None })
        {
            writer.WriteString("errorKind"u8, NameOf(reason.ErrorKind));
        }

        if (reason.InExperiment)
        {
            writer.WriteBoolean("inExperiment"u8, true);
        }

        if (reason.IsOverride)
        {
            writer.WriteBoolean("isOverride"u8, true);
        }

        if (reason.BigSegmentsStatus != BigSegmentsStatus.None)
        {
            writer.WriteString("bigSegmentsStatus"u8, NameOf(reason.BigSegmentsStatus));
        }

        writer.WriteEndObject();
    }

    private static string NameOf(EvaluationReasonKind kind) => kind switch
    {
        EvaluationReasonKind.Off => "OFF",
        EvaluationReasonKind.Fallthrough => "FALLTHROUGH",
        EvaluationReasonKind.TargetMatch => "TARGET_MATCH",
        EvaluationReasonKind.RuleMatch => "RULE_MATCH",
        EvaluationReasonKind.PrerequisiteFailed => "PREREQUISITE_FAILED",
        _ => "ERROR",
    };

    private static string NameOf(EvaluationErrorKind kind) => kind switch
    {
        EvaluationErrorKind.ClientNotReady => "CLIENT_NOT_READY",
        EvaluationErrorKind.FlagNotFound => "FLAG_NOT_FOUND",
        EvaluationErrorKind.MalformedFlag => "MALFORMED_FLAG",
        EvaluationErrorKind.UserNotSpecified => "USER_NOT_SPECIFIED",
        EvaluationErrorKind.WrongType => "WRONG_TYPE",
        _ => "EXCEPTION",
    };

    private static string NameOf(BigSegmentsStatus status) => status switch
    {
        BigSegmentsStatus.Healthy => "HEALTHY",
        BigSegmentsStatus.Stale => "STALE",
        BigSegmentsStatus.StoreError => "STORE_ERROR",
        _ => "NOT_CONFIGURED",
    };
}
