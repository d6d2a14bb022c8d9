using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>Log messages of the source chain.</summary>
internal static partial class ChainLog
{
    [LoggerMessage(1, LogLevel.Debug, "Asking the initializer {Source}")]
    public static partial void Initializing(ILogger logger, string source);

    [LoggerMessage(2, LogLevel.Warning, "The initializer {Source} gave no data: {Problem}")]
    public static partial void InitializerFailed(ILogger logger, string source, string problem);

    [LoggerMessage(3, LogLevel.Debug, "The initializer {Source} gave data")]
    public static partial void Initialized(ILogger logger, string source);

    [LoggerMessage(4, LogLevel.Debug, "The source in use is {Source}")]
    public static partial void Using(ILogger logger, string source);

    [LoggerMessage(5, LogLevel.Warning, "The source {Source} is left: {Reason}")]
    public static partial void Left(ILogger logger, string source, string reason);

    [LoggerMessage(6, LogLevel.Information, "The source {Source} is left: {Reason}")]
    public static partial void LeftForBetter(ILogger logger, string source, string reason);

    [LoggerMessage(7, LogLevel.Warning, "The service orders FDv1; FDv2 is tried again in {RetryAfter}")]
    public static partial void OrderedFor(ILogger logger, TimeSpan retryAfter);

    [LoggerMessage(8, LogLevel.Warning, "The service orders FDv1 for good")]
    public static partial void OrderedForGood(ILogger logger);

    [LoggerMessage(9, LogLevel.Error, "The service orders FDv1, and no source of it is configured: no connection is made, and the data stays as it is")]
    public static partial void OrderedWithoutFallback(ILogger logger);

    [LoggerMessage(10, LogLevel.Information, "The time that the service set has passed: trying FDv2 again")]
    public static partial void OrderExpired(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "No source can be used now; the next attempt is in {Delay}")]
    public static partial void NoneAvailable(ILogger logger, TimeSpan delay);

    [LoggerMessage(12, LogLevel.Warning, "The source {Source} did not end properly")]
    public static partial void DisposalFailed(ILogger logger, Exception? exception, string source);
}
