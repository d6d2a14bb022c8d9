using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>What a feature is for a context. Thread-safe.</summary>
internal sealed class FeatureAnswer
{
    private readonly Value _served;
    private readonly int? _index;
    private Variant? _variant;

    private FeatureAnswer(bool isEnabled, bool isOfFlag, Value served, int? index, Variant? variant) =>
        (IsEnabled, IsOfFlag, _served, _index, _variant) = (isEnabled, isOfFlag, served, index, variant);

    /// <summary>Whether it is on.</summary>
    public bool IsEnabled { get; }

    /// <summary>Whether a flag has answered: not the configuration, and not the default for want of an answer.</summary>
    public bool IsOfFlag { get; }

    /// <summary>Its variant; null for none. Made when it is first asked for, since few ask.</summary>
    public Variant? Variant => _variant ??= _index is { } index && !_served.IsNull ? FeatureVariants.Of(_served, index) : null;

    /// <summary>What the configuration says.</summary>
    public static FeatureAnswer OfConfiguration(bool isEnabled, Variant? variant = null) => new(isEnabled, false, Value.Null, null, variant);

    /// <summary>What a flag says.</summary>
    public static FeatureAnswer OfFlag(in EvaluationDetail<Value> detail)
    {
        // Off, or for want of a prerequisite, a flag of many values has its value too; but it is not on.
        var isEnabled = detail.Value.IsBool
            ? detail.Value.AsBool
            : detail is { IsDefault: false, Reason.Kind: not (EvaluationReasonKind.Off or EvaluationReasonKind.PrerequisiteFailed) };
        return new(isEnabled, detail.Reason.Kind != EvaluationReasonKind.Error, detail.Value, detail.VariationIndex, null);
    }
}
