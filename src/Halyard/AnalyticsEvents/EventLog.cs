using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

internal static partial class EventLog
{
    [LoggerMessage(1, LogLevel.Warning, "More events happen than may wait for delivery: some are dropped. Raise Events.Capacity or shorten Events.FlushInterval. This is logged once")]
    public static partial void Overflow(ILogger logger);

    [LoggerMessage(2, LogLevel.Error, "The service refuses events: {Problem}. New ones wait within Events.Capacity, and sending is tried slowly: the next attempt is in {Delay}")]
    public static partial void Refused(ILogger logger, string problem, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Warning, "{Count} events could not be delivered and are lost: {Problem}")]
    public static partial void DeliveryFailed(ILogger logger, int count, string problem);

    [LoggerMessage(4, LogLevel.Debug, "Delivering events failed and is tried once more in {Delay}: {Problem}")]
    public static partial void TryingAgain(ILogger logger, TimeSpan delay, string problem);

    [LoggerMessage(5, LogLevel.Error, "An event could not be made and is lost. This is logged once; those that follow count as dropped")]
    public static partial void EventLost(ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "{Count} events were delivered in {Bytes} bytes")]
    public static partial void Delivered(ILogger logger, int count, int bytes);

    [LoggerMessage(7, LogLevel.Warning, "At the end, events could not be delivered within {Limit} and are lost")]
    public static partial void EndedUndelivered(ILogger logger, TimeSpan limit);

    [LoggerMessage(8, LogLevel.Debug, "Diagnostics could not be delivered: {Problem}")]
    public static partial void DiagnosticsFailed(ILogger logger, string problem);

    [LoggerMessage(9, LogLevel.Warning, "{What} was called with an invalid context and sends no event: {Problem}")]
    public static partial void InvalidContext(ILogger logger, string what, string problem);

    [LoggerMessage(10, LogLevel.Error, "Events could not be sent because of an unexpected error, and may be lost")]
    public static partial void Broken(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Information, "The service takes events again")]
    public static partial void AcceptedAgain(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "The migration operation of the flag '{Flag}' sends no event: {Problem}")]
    public static partial void MigrationNotTracked(ILogger logger, string flag, string problem);
}
