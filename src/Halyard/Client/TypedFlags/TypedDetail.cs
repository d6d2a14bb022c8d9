using System.Text.Json.Serialization.Metadata;

namespace Halyard.TypedFlags;

/// <summary>Turns what a flag answered into a type; what is not of the type gives the default and says so.</summary>
internal static class TypedDetail
{
    public static EvaluationDetail<T> Json<T>(in EvaluationDetail<Value> detail, T defaultValue, JsonTypeInfo<T> type) =>
        detail.IsDefault ? new(defaultValue, null, detail.Reason)
        : ParsedValues.TryRead(detail.Value, type, out var value) ? new(value!, detail.VariationIndex, detail.Reason)
        : Wrong(detail, defaultValue);

    public static EvaluationDetail<T> Member<T>(in EvaluationDetail<Value> detail, T defaultValue)
        where T : struct, Enum =>
        detail.IsDefault ? new(defaultValue, null, detail.Reason)
        : EnumNames<T>.TryRead(detail.Value, out var value) ? new(value, detail.VariationIndex, detail.Reason)
        : Wrong(detail, defaultValue);

    public static EvaluationDetail<long> Long(in EvaluationDetail<Value> detail, long defaultValue) =>
        detail.IsDefault ? new(defaultValue, null, detail.Reason)
        : detail.Value.IsNumber ? new(detail.Value.AsLong, detail.VariationIndex, detail.Reason)
        : Wrong(detail, defaultValue);

    public static EvaluationDetail<float> Float(in EvaluationDetail<double> detail, float defaultValue) =>
        detail.IsDefault ? new(defaultValue, null, detail.Reason) : new(Saturated(detail.Value), detail.VariationIndex, detail.Reason);

    private static float Saturated(double value) => (float)Math.Clamp(value, float.MinValue, float.MaxValue);

    private static EvaluationDetail<T> Wrong<T>(in EvaluationDetail<Value> detail, T defaultValue) =>
        new(defaultValue, null, EvaluationReason.Error(EvaluationErrorKind.WrongType) with { IsOverride = detail.Reason.IsOverride });
}
