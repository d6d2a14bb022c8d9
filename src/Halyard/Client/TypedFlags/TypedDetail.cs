using System.Text.Json.Serialization.Metadata;

namespace Halyard.TypedFlags;

/// <summary>Turns what a flag answered into a type; what is not of the type gives the default and says so.</summary>
internal static class TypedDetail
{
    public static EvaluationDetail<T> Json<T>(in EvaluationDetail<Value> detail, T defaultValue, JsonTypeInfo<T> type) =>
        detail.IsDefault && detail.Value.IsNull ? new(defaultValue, null, detail.Reason)
        : ParsedValues.TryRead(detail.Value, type, out var value) ? new(value!, detail.VariationIndex, detail.Reason)
        : Other(detail, defaultValue);

    public static EvaluationDetail<T> Member<T>(in EvaluationDetail<Value> detail, T defaultValue)
        where T : struct, Enum =>
        EnumNames<T>.TryRead(detail.Value, out var value) ? new(value, detail.VariationIndex, detail.Reason)
        : Other(detail, defaultValue);

    public static EvaluationDetail<long> Long(in EvaluationDetail<Value> detail, long defaultValue) =>
        detail.Value.IsNumber ? new(detail.Value.AsLong, detail.VariationIndex, detail.Reason)
        : Other(detail, defaultValue);

    public static EvaluationDetail<float> Float(in EvaluationDetail<double> detail) =>
        new(Saturated(detail.Value), detail.VariationIndex, detail.Reason);

    private static float Saturated(double value) => (float)Math.Clamp(value, float.MinValue, float.MaxValue);

    // The default, which may be of no such type itself. A value without an index is no default: a decorator may serve it.
    private static EvaluationDetail<T> Other<T>(in EvaluationDetail<Value> detail, T defaultValue) => new(
        defaultValue, null, detail.IsDefault ? detail.Reason : EvaluationReason.Error(EvaluationErrorKind.WrongType) with { IsOverride = detail.Reason.IsOverride });
}
