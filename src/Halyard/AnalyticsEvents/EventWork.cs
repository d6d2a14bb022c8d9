namespace Halyard.AnalyticsEvents;

/// <summary>What the loop of events is asked to do beside emptying the queue.</summary>
[Flags]
internal enum EventWork
{
    None = 0,

    /// <summary>Deliver what there is.</summary>
    Flush = 1,

    /// <summary>A delivery has ended, so that the next may begin.</summary>
    Sent = 2,

    /// <summary>Deliver for the last time and end.</summary>
    Close = 4,
}
