namespace Halyard;

/// <summary>The choices of where flag data comes from, for <see cref="ClientOptions.DataSystem"/>.</summary>
public static class DataSystem
{
    /// <summary>Server-sent events: changes arrive within milliseconds.</summary>
    public static StreamingOptions Streaming() => new();

    /// <summary>Asking for the whole data set at an interval, for networks that do not let streams through.</summary>
    public static PollingOptions Polling() => new();
}
