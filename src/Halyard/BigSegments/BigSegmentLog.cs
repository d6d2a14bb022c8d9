using Microsoft.Extensions.Logging;

namespace Halyard.BigSegments;

internal static partial class BigSegmentLog
{
    [LoggerMessage(1, LogLevel.Warning, "The big segment store cannot be asked ({Problem}). Last known memberships are used where there are any.")]
    public static partial void Unavailable(ILogger logger, Exception exception, string problem);

    [LoggerMessage(2, LogLevel.Warning, "The big segment store is out of date: it was last brought up to date on {Time:u}. Its writer may have stopped.")]
    public static partial void Stale(ILogger logger, DateTimeOffset time);

    [LoggerMessage(3, LogLevel.Warning, "The big segment store has never been brought up to date. Does anything write to it, and is the prefix right?")]
    public static partial void NeverSynchronized(ILogger logger);

    [LoggerMessage(4, LogLevel.Information, "The big segment store answers and is up to date.")]
    public static partial void UpToDate(ILogger logger);

    [LoggerMessage(5, LogLevel.Error, "Reading a context's big segments failed ({Problem}). It is tried again; further errors are not logged until it succeeds.")]
    public static partial void QueryFailed(ILogger logger, Exception exception, string problem);

    [LoggerMessage(6, LogLevel.Information, "Contexts' big segments can be read again.")]
    public static partial void QueryRecovered(ILogger logger);

    [LoggerMessage(7, LogLevel.Error, "Closing the big segment store failed.")]
    public static partial void CloseFailed(ILogger logger, Exception exception);
}
