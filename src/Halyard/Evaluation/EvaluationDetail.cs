namespace Halyard;

/// <summary>A flag's value for a context, with what led to it.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Value">The value served.</param>
/// <param name="VariationIndex">The variation's index; null when the caller's default was served.</param>
/// <param name="Reason">Why.</param>
public readonly record struct EvaluationDetail<T>(T Value, int? VariationIndex, EvaluationReason Reason)
{
    /// <summary>Whether the caller's default was served.</summary>
    public bool IsDefault => VariationIndex is null;
}
