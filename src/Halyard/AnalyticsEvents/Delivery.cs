namespace Halyard.AnalyticsEvents;

internal enum Delivery : byte
{
    Done,

    /// <summary>Lost; the next may get through.</summary>
    Failed,

    /// <summary>Lost, and so would be all that follow soon.</summary>
    Refused,
}
