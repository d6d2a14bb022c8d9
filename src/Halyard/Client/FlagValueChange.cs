namespace Halyard;

/// <summary>A flag's value for one context changed.</summary>
/// <param name="Key">The flag's key.</param>
/// <param name="OldValue">The value before.</param>
/// <param name="NewValue">The value now.</param>
public readonly record struct FlagValueChange(string Key, Value OldValue, Value NewValue);
