namespace Halyard.DataSystems;

/// <summary>When a source is left for another. An infinite time turns a rule off.</summary>
/// <param name="FallbackAfter">How long the source may be interrupted without a break.</param>
/// <param name="RecoverAfter">How long another than the first must be valid without a break before the first is tried again.</param>
/// <param name="SlowStart">How long a source may take to show a first sign, and from each sign to the next until its first data.</param>
/// <param name="Initializer">How long an initializer may take.</param>
internal sealed record SwitchingRules(TimeSpan FallbackAfter, TimeSpan RecoverAfter, TimeSpan SlowStart, TimeSpan Initializer)
{
    /// <summary>The rules that the options ask for now.</summary>
    public static SwitchingRules Of(SourceChainOptions options) =>
        new(options.FallbackAfter, options.RecoverAfter, options.SlowStartTimeout, options.InitializerTimeout);
}
