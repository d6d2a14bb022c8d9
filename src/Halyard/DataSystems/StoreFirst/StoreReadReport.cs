using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Logs an outage of the store while it is read. The client's status is not touched: it is that of the sources, which
/// the client waits for.
/// </summary>
internal sealed class StoreReadReport(string store, ILogger logger) : IDataSourceStatusReporter
{
    // 1 while the store cannot be read and that has been logged; changed by Interlocked.
    private int _isDown;

    public void ReportValid() => Volatile.Write(ref _isDown, 0);

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
        {
            StoreFirstLog.StoreUnreadable(logger, store, message);
        }
    }

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);
}
