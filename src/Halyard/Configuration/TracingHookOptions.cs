namespace Halyard;

/// <summary>How a <see cref="TracingHook"/> records evaluations.</summary>
public sealed class TracingHookOptions
{
    /// <summary>The name of the event in OpenTelemetry's current conventions.</summary>
    public const string CurrentEventName = "feature_flag.evaluation";

    /// <summary>The name of the event in older conventions, which LaunchDarkly's own SDKs give it and its observability looks for.</summary>
    public const string OlderEventName = "feature_flag";

    /// <summary>The event's name. Default: <see cref="CurrentEventName"/>.</summary>
    public string EventName { get; set; } = CurrentEventName;

    /// <summary>
    /// What the events name as their provider (<c>feature_flag.provider.name</c>). Dashboards built for LaunchDarkly's
    /// own SDKs look for <c>LaunchDarkly</c>. Default: <c>Halyard</c>, wherever the data comes from.
    /// </summary>
    public string ProviderName { get; set; } = "Halyard";

    /// <summary>
    /// Whether to record the value served; it may be large or confidential. Default: false; the caller's default is recorded in any
    /// case where it is served, because there is no variation then.
    /// </summary>
    public bool IncludeValue { get; set; }

    /// <summary>Whether to record whom a flag was evaluated for (<c>feature_flag.context.id</c>), which may be personal. Default: true.</summary>
    public bool IncludeContextKey { get; set; } = true;

    /// <summary>
    /// Whether to make an activity of each evaluation, from the source <see cref="HalyardTelemetry.ActivitySourceName"/>.
    /// Default: false.
    /// </summary>
    public bool CreateActivities { get; set; }

    /// <summary>The environment's id. Default: the one the service tells.</summary>
    public string? EnvironmentId { get; set; }
}
