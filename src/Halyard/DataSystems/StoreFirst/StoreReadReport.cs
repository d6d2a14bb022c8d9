using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Logs what is amiss with the store while it is read: the status is that of the sources, which are what the client
/// waits for.
/// </summary>
internal sealed class StoreReadReport(string store, ILogger logger) : IDataSourceStatusReporter
{
    private int _isDown;

    public void ReportValid() => Volatile.Write(ref _isDown, 0);

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
        {
            ChainLog.StoreUnreadable(logger, store, message);
        }
    }

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);
}
