using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>Log messages of a store that is read until the first data has arrived.</summary>
internal static partial class StoreFirstLog
{
    [LoggerMessage(1, LogLevel.Warning, "The store {Store} did not end properly")]
    public static partial void DisposalFailed(ILogger logger, Exception exception, string store);

    [LoggerMessage(2, LogLevel.Warning, "The store {Store} cannot be read while the first data is awaited: {Problem}")]
    public static partial void StoreUnreadable(ILogger logger, string store, string problem);
}
