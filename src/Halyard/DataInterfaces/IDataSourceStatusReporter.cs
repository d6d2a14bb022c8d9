namespace Halyard;

/// <summary>What a synchronizer tells of its state. Thread-safe; never throws.</summary>
public interface IDataSourceStatusReporter
{
    /// <summary>Data arrived, or was confirmed to be up to date.</summary>
    void ReportValid();

    /// <summary>The source fails and is being retried. While initializing, the state stays Initializing.</summary>
    void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null);

    /// <summary>
    /// The source fails in a way that retrying soon will not mend (a wrong key). The state is as for
    /// <see cref="ReportInterrupted"/>, and a start that waits is released at once.
    /// </summary>
    void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null);

    /// <summary>The source has ended for good. Final.</summary>
    void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null);
}
