namespace Halyard;

/// <summary>What an <see cref="AllFlagsState"/> is to hold.</summary>
[Flags]
public enum AllFlagsOptions
{
    /// <summary>Every flag, without reasons.</summary>
    None = 0,

    /// <summary>Only flags that front ends with an environment id may see.</summary>
    ClientSideOnly = 1,

    /// <summary>With evaluation reasons.</summary>
    WithReasons = 2,

    /// <summary>Versions and reasons only for flags that are tracked, debugged or in an experiment; makes the text smaller.</summary>
    DetailsOnlyForTrackedFlags = 4,

    /// <summary>Only flags that front ends with a mobile key may see.</summary>
    MobileOnly = 8,
}
