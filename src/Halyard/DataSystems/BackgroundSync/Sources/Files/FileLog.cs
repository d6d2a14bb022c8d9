using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Files;

internal static partial class FileLog
{
    [LoggerMessage(1, LogLevel.Information, "Loaded {Flags} flags and {Segments} segments from {Files} file(s); {Changed} new or changed.")]
    public static partial void Loaded(this ILogger logger, int flags, int segments, int files, int changed);

    [LoggerMessage(2, LogLevel.Error, "The flag files still cannot be loaded: {Error}")]
    public static partial void StillFailing(this ILogger logger, string error);

    [LoggerMessage(3, LogLevel.Warning, "{Warning}")]
    public static partial void Odd(this ILogger logger, string warning);

    [LoggerMessage(4, LogLevel.Warning, "{Directory} cannot be watched ({Reason}); its files are looked at every {Interval} instead.")]
    public static partial void PollingOnly(this ILogger logger, string directory, string reason, TimeSpan interval);

    [LoggerMessage(5, LogLevel.Error, "The file source met an unexpected error and goes on.")]
    public static partial void Unexpected(this ILogger logger, Exception exception);
}
