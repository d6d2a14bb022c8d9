using Microsoft.Extensions.Logging;

namespace Halyard;

internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "Started with data from {Source}.")]
    public static partial void Started(ILogger logger, string source);

    [LoggerMessage(2, LogLevel.Warning, "Started without data from {Source} ({Problem}). Reads give {Meanwhile}.")]
    public static partial void StartedWithoutData(ILogger logger, string source, string problem, string meanwhile);

    [LoggerMessage(30, LogLevel.Information, "Started with last known data; {Source} has not delivered yet.")]
    public static partial void StartedWithLastKnown(ILogger logger, string source);

    [LoggerMessage(3, LogLevel.Information, "Offline: no connection is opened, reads give defaults.")]
    public static partial void Offline(ILogger logger);

    [LoggerMessage(4, LogLevel.Error, "Evaluating the flag '{Flag}' failed; the default was served.")]
    public static partial void EvaluationFailed(ILogger logger, Exception exception, string? flag);

    [LoggerMessage(5, LogLevel.Warning, "A flag was read before any data arrived; defaults are served until then. This is said once.")]
    public static partial void ReadBeforeData(ILogger logger);

    [LoggerMessage(6, LogLevel.Warning, "Flags are evaluated with last known data: {Source} has not delivered any in this process yet. This is said once.")]
    public static partial void ReadLastKnown(ILogger logger, string source);

    [LoggerMessage(7, LogLevel.Error, "Ending {Source} failed.")]
    public static partial void DisposeFailed(ILogger logger, Exception exception, string source);

    [LoggerMessage(8, LogLevel.Error, "The handler of value changes of the flag '{Flag}' failed; it goes on being called.")]
    public static partial void ValueHandlerFailed(ILogger logger, Exception exception, string flag);

    [LoggerMessage(20, LogLevel.Error, "The migration flag '{Flag}' gave '{Text}', which is no stage; the default stage was served.")]
    public static partial void NoSuchStage(ILogger logger, string flag, string text);

    [LoggerMessage(21, LogLevel.Debug, "The {Origin} origin failed in an operation of the migration flag '{Flag}'.")]
    public static partial void MigrationOriginFailed(ILogger logger, Exception exception, MigrationOrigin origin, string flag);
}
