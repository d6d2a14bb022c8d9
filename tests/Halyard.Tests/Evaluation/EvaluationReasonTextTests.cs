using System.Text;
using System.Text.Json;
using Halyard.Evaluation;

namespace Halyard.Tests.Evaluation;

public sealed class EvaluationReasonTextTests
{
    public static TheoryData<EvaluationReason, string, string> Reasons => new()
    {
        { EvaluationReason.Off, "OFF", """{"kind":"OFF"}""" },
        { EvaluationReason.Fallthrough, "FALLTHROUGH", """{"kind":"FALLTHROUGH"}""" },
        { EvaluationReason.Fallthrough with { InExperiment = true }, "FALLTHROUGH", """{"kind":"FALLTHROUGH","inExperiment":true}""" },
        { EvaluationReason.TargetMatch, "TARGET_MATCH", """{"kind":"TARGET_MATCH"}""" },
        { EvaluationReason.RuleMatch(0, ""), "RULE_MATCH(0)", """{"kind":"RULE_MATCH","ruleIndex":0}""" },
        {
            EvaluationReason.RuleMatch(1, "x") with { InExperiment = true, BigSegmentsStatus = BigSegmentsStatus.Healthy },
            "RULE_MATCH(1,x)",
            """{"kind":"RULE_MATCH","ruleIndex":1,"ruleId":"x","inExperiment":true,"bigSegmentsStatus":"HEALTHY"}"""
        },
        { EvaluationReason.PrerequisiteFailed("p"), "PREREQUISITE_FAILED(p)", """{"kind":"PREREQUISITE_FAILED","prerequisiteKey":"p"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.ClientNotReady), "ERROR(CLIENT_NOT_READY)", """{"kind":"ERROR","errorKind":"CLIENT_NOT_READY"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.FlagNotFound), "ERROR(FLAG_NOT_FOUND)", """{"kind":"ERROR","errorKind":"FLAG_NOT_FOUND"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.MalformedFlag), "ERROR(MALFORMED_FLAG)", """{"kind":"ERROR","errorKind":"MALFORMED_FLAG"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified), "ERROR(USER_NOT_SPECIFIED)", """{"kind":"ERROR","errorKind":"USER_NOT_SPECIFIED"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.WrongType), "ERROR(WRONG_TYPE)", """{"kind":"ERROR","errorKind":"WRONG_TYPE"}""" },
        { EvaluationReason.Error(EvaluationErrorKind.Exception), "ERROR(EXCEPTION)", """{"kind":"ERROR","errorKind":"EXCEPTION"}""" },
        { EvaluationReason.Off with { BigSegmentsStatus = BigSegmentsStatus.Stale }, "OFF", """{"kind":"OFF","bigSegmentsStatus":"STALE"}""" },
        { EvaluationReason.Off with { BigSegmentsStatus = BigSegmentsStatus.StoreError }, "OFF", """{"kind":"OFF","bigSegmentsStatus":"STORE_ERROR"}""" },
        { EvaluationReason.Off with { BigSegmentsStatus = BigSegmentsStatus.NotConfigured }, "OFF", """{"kind":"OFF","bigSegmentsStatus":"NOT_CONFIGURED"}""" },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void A_reason_says_what_belongs_to_its_kind_and_no_more(EvaluationReason reason, string text, string json)
    {
        Assert.Equal(text, reason.ToString());
        using var written = new MemoryStream();
        using (var writer = new Utf8JsonWriter(written))
        {
            EvaluationReasonText.Write(writer, reason);
        }

        Assert.Equal(json, Encoding.UTF8.GetString(written.ToArray()));
    }
}
