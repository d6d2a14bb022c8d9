using Microsoft.Extensions.Logging;

namespace Halyard;

internal static partial class FileLog
{
    [LoggerMessage(1, LogLevel.Information, "Loaded {Flags} flags and {Segments} segments from {Files} file(s); {Changed} new or changed.")]
    public static partial void Loaded(this ILogger logger, int flags, int segments, int files, int changed);

    [LoggerMessage(2, LogLevel.Error, "{Error} The last good data stays in use.")]
    public static partial void KeptLastGood(this ILogger logger, string error);

    [LoggerMessage(3, LogLevel.Error, "{Error} No flag data is loaded.")]
    public static partial void NothingLoaded(this ILogger logger, string error);

    [LoggerMessage(4, LogLevel.Warning, "{Warning}")]
    public static partial void Odd(this ILogger logger, string warning);

    [LoggerMessage(5, LogLevel.Warning, "{Directory} cannot be watched ({Reason}); its files are looked at every {Interval} instead.")]
    public static partial void PollingOnly(this ILogger logger, string directory, string reason, TimeSpan interval);

    [LoggerMessage(6, LogLevel.Error, "The file source met an unexpected error and goes on.")]
    public static partial void Unexpected(this ILogger logger, Exception exception);
}
