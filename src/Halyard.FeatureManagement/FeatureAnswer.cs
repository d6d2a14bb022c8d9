using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>What a feature is for a context. Immutable.</summary>
/// <param name="IsEnabled">Whether it is on.</param>
/// <param name="Variant">Its variant; null for none.</param>
internal sealed record FeatureAnswer(bool IsEnabled, Variant? Variant);
