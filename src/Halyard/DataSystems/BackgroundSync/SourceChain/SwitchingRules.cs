namespace Halyard.DataSystems;

/// <summary>When a source is left for another. An infinite time turns a rule off.</summary>
/// <param name="FallbackAfter">How long the source may be interrupted without a break.</param>
/// <param name="RecoverAfter">How long another than the first must be valid without a break before the first is tried again.</param>
/// <param name="SlowStart">How long a source may take to show a first sign, and from each sign to the next until its first data.</param>
/// <param name="Initializer">How long an initializer may take.</param>
internal sealed record SwitchingRules(TimeSpan FallbackAfter, TimeSpan RecoverAfter, TimeSpan SlowStart, TimeSpan Initializer)
{
    public static SwitchingRules Default { get; } =
        new(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
}
