using Microsoft.Extensions.Logging;

namespace Halyard.Http;

/// <summary>Log messages of the HTTP sources. None holds the SDK key.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(1, LogLevel.Error, "The payload filter's key is not valid: it must begin with a letter or digit and have letters, digits, dots, underscores and hyphens only. No filter is used: the whole environment is fetched")]
    public static partial void InvalidPayloadFilter(ILogger logger);

    [LoggerMessage(2, LogLevel.Warning, "{From} redirects to another origin, {To}: following without the SDK key and without custom headers")]
    public static partial void FollowingWithoutKey(ILogger logger, string from, string to);

    [LoggerMessage(3, LogLevel.Debug, "{Source}: asking {Address}")]
    public static partial void Asking(ILogger logger, string source, Uri address);

    [LoggerMessage(4, LogLevel.Debug, "{Source}: {Problem}; the next attempt is in {Delay}")]
    public static partial void AttemptFailed(ILogger logger, string source, string problem, TimeSpan delay);

    [LoggerMessage(5, LogLevel.Error, "{Source}: {Problem}. Retrying slowly: the next attempt is in {Delay}")]
    public static partial void UnexpectedRetriedSlowly(ILogger logger, string source, string problem, TimeSpan delay);

    [LoggerMessage(6, LogLevel.Error, "{Source}: {Problem}. It has ended for good")]
    public static partial void UnexpectedStopped(ILogger logger, string source, string problem);

    [LoggerMessage(7, LogLevel.Debug, "{Source}: connected")]
    public static partial void Connected(ILogger logger, string source);

    [LoggerMessage(8, LogLevel.Warning, "The polling interval of {Given} is raised to the minimum of {Used}")]
    public static partial void IntervalRaised(ILogger logger, TimeSpan given, TimeSpan used);

    [LoggerMessage(9, LogLevel.Warning, "The application tag {Tag} is left out: its value must have 1 to 64 letters, digits, dots, underscores and hyphens")]
    public static partial void TagDropped(ILogger logger, string tag);

    [LoggerMessage(10, LogLevel.Debug, "polling: the data has not changed")]
    public static partial void NotModified(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "Server certificates are not validated: connections are open to interception. This is for tests only")]
    public static partial void CertificatesNotValidated(ILogger logger);

    [LoggerMessage(12, LogLevel.Information, "{Source}: {Reason}; connecting again in {Delay}")]
    public static partial void PlannedReconnect(ILogger logger, string source, string reason, TimeSpan delay);

    [LoggerMessage(13, LogLevel.Warning, "{Source}: an item of the unknown kind '{Kind}' is left out")]
    public static partial void UnknownKindSkipped(ILogger logger, string source, string? kind);

    [LoggerMessage(15, LogLevel.Debug, "{Source}: the service closed the stream; connecting again in {Delay}")]
    public static partial void ClosedByService(ILogger logger, string source, TimeSpan delay);

    [LoggerMessage(14, LogLevel.Information, "{Source}: the service gave up a transfer: {Reason}. The data stays as it is")]
    public static partial void TransferAbandoned(ILogger logger, string source, string? reason);
}
