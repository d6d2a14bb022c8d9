using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// What the development server logs, in one class: the generator puts several in an order of its own, anew at each build,
/// so that no two builds would be the same.
/// </summary>
internal static partial class ServeLog
{
    [LoggerMessage(1, LogLevel.Information, "stream opened by {Client}; {Count} open")]
    public static partial void StreamOpened(ILogger logger, string client, int count);

    [LoggerMessage(2, LogLevel.Information, "stream closed by {Client}; {Count} open")]
    public static partial void StreamClosed(ILogger logger, string client, int count);

    [LoggerMessage(3, LogLevel.Warning, "{Client} is {Limit} changes behind: cut, so that it starts over with all data")]
    public static partial void StreamLagging(ILogger logger, string client, int limit);

    [LoggerMessage(4, LogLevel.Information, "{Method} {Kind} {Key}: now version {Version}")]
    public static partial void Edited(ILogger logger, string method, string kind, string key, long version);

    [LoggerMessage(5, LogLevel.Information, "poll answered with {Code} ({Reason}), {Count} objects")]
    public static partial void PollAnswered(ILogger logger, string code, string reason, int count);

    [LoggerMessage(6, LogLevel.Information, "stream begins with {Code} ({Reason}), {Count} objects")]
    public static partial void StreamBegins(ILogger logger, string code, string reason, int count);

    [LoggerMessage(7, LogLevel.Information, "{Path}: answered with a fault ({Faults}), as told")]
    public static partial void Faulted(ILogger logger, string path, string faults);

    [LoggerMessage(8, LogLevel.Error, "The {Kind} {Key} cannot be understood; the last good version, if there is one, is served. {Problem}")]
    public static partial void Quarantined(ILogger logger, string kind, string key, string problem);

    [LoggerMessage(9, LogLevel.Information, "file edited: {Changes}")]
    public static partial void FileEdited(ILogger logger, string changes);

    [LoggerMessage(10, LogLevel.Warning, "the edit is not served, the last good data is: {Reason}")]
    public static partial void BadEdit(ILogger logger, string reason);

    [LoggerMessage(11, LogLevel.Information, "the files are good again")]
    public static partial void Recovered(ILogger logger);

    [LoggerMessage(12, LogLevel.Warning, "{Source} has given no data yet ({Reason}): SDKs are answered 503 until it does")]
    public static partial void SourceWithoutData(ILogger logger, string source, string reason);

    [LoggerMessage(13, LogLevel.Information, "{Source} delivers")]
    public static partial void SourceDelivers(ILogger logger, string source);

    [LoggerMessage(17, LogLevel.Warning, "{Client} has taken nothing for {Seconds} s: cut")]
    public static partial void StreamStalled(ILogger logger, string client, int seconds);

    [LoggerMessage(15, LogLevel.Error, "{Path} could not be written ({Reason}): the versions that are served may go back after a restart")]
    public static partial void StateNotSaved(ILogger logger, string path, string reason);

    [LoggerMessage(16, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(14, LogLevel.Warning, "{Source} is away ({Reason}): {Meanwhile}")]
    public static partial void SourceAway(ILogger logger, string source, string reason, string meanwhile);
}
