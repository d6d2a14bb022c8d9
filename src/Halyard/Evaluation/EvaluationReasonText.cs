using System.Globalization;
using System.Text.Json;
using Halyard.DataModel.Json.Writing;

namespace Halyard.Evaluation;

/// <summary>The names that reasons have on the wire: the same in events, in all-flags states and in every SDK.</summary>
internal static class EvaluationReasonText
{
    private static readonly JsonEncodedText KindName = JsonEncodedText.Encode("kind");
    private static readonly JsonEncodedText RuleIndexName = JsonEncodedText.Encode("ruleIndex");
    private static readonly JsonEncodedText RuleIdName = JsonEncodedText.Encode("ruleId");
    private static readonly JsonEncodedText PrerequisiteKeyName = JsonEncodedText.Encode("prerequisiteKey");
    private static readonly JsonEncodedText ErrorKindName = JsonEncodedText.Encode("errorKind");
    private static readonly JsonEncodedText InExperimentName = JsonEncodedText.Encode("inExperiment");
    private static readonly JsonEncodedText IsOverrideName = JsonEncodedText.Encode("isOverride");
    private static readonly JsonEncodedText BigSegmentsStatusName = JsonEncodedText.Encode("bigSegmentsStatus");

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
        var output = new Utf8Output(writer);
        Write(ref output, reason);
    }

    /// <inheritdoc cref="Write(Utf8JsonWriter, in EvaluationReason)"/>
    public static void Write<T>(ref T output, in EvaluationReason reason)
        where T : IJsonOutput, allows ref struct
    {
        output.StartObject();
        output.Name(KindName);
        output.Text(NameOf(reason.Kind));
        if (reason.Kind == EvaluationReasonKind.RuleMatch)
        {
            output.Name(RuleIndexName);
            output.Number((long)reason.RuleIndex);
        }

        if (reason.RuleId is { } id)
        {
            output.Name(RuleIdName);
            output.Text(id);
        }

        if (reason.PrerequisiteKey is { } key)
        {
            output.Name(PrerequisiteKeyName);
            output.Text(key);
        }

        if (reason is { Kind: EvaluationReasonKind.Error, ErrorKind: not EvaluationErrorKind.None })
        {
            output.Name(ErrorKindName);
            output.Text(NameOf(reason.ErrorKind));
        }

        if (reason.InExperiment)
        {
            output.Name(InExperimentName);
            output.Bool(true);
        }

        if (reason.IsOverride)
        {
            output.Name(IsOverrideName);
            output.Bool(true);
        }

        if (reason.BigSegmentsStatus != BigSegmentsStatus.None)
        {
            output.Name(BigSegmentsStatusName);
            output.Text(NameOf(reason.BigSegmentsStatus));
        }

        output.EndObject();
    }

    public static string NameOf(EvaluationReasonKind kind) => kind switch
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
