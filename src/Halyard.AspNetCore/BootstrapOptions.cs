namespace Halyard;

/// <summary>What <c>MapHalyardBootstrap</c> answers with. To be set before the first request; not thread-safe.</summary>
public sealed class BootstrapOptions
{
    /// <summary>Whether the reasons of values are told. They name rules and show who is targeted: leave them out where that is not for everyone's eyes.</summary>
    public bool WithReasons { get; set; }

    /// <summary>Whether versions and reasons are told only of flags that are tracked, debugged or in an experiment; makes the answer smaller.</summary>
    public bool DetailsOnlyForTrackedFlags { get; set; }

    /// <summary>The key of the client's service; null for the client that has none.</summary>
    public object? Client { get; set; }
}
