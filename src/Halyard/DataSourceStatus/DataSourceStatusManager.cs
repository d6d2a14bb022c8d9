namespace Halyard;

/// <summary>Keeps the data source's status and tells whoever listens. Thread-safe.</summary>
public sealed class DataSourceStatusManager : IDataSourceStatusReporter
{
    internal DataSourceStatusManager(TimeProvider timeProvider) => throw new NotImplementedException();

    /// <summary>The status now.</summary>
    public DataSourceStatus Current => throw new NotImplementedException();

    /// <summary>
    /// Raised after every change of state and every new error, in order, off the reporting thread. A handler that
    /// throws or blocks reaches neither the source nor other handlers.
    /// </summary>
    public event Action<DataSourceStatus>? Changed { add => throw new NotImplementedException(); remove => throw new NotImplementedException(); }

    /// <summary>Waits until the state is reached.</summary>
    /// <returns>True when it was reached; false when the time ran out, or the state is Off and another was asked for.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<bool> WaitForAsync(DataSourceState state, TimeSpan timeout, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportValid() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => throw new NotImplementedException();

    /// <summary>
    /// Completes when a start need not wait longer: true at the first Valid; false at Off or at the first error
    /// that retrying soon will not mend.
    /// </summary>
    internal Task<bool> FirstOutcome => throw new NotImplementedException();

    /// <summary>Ends the status as Off without an error: the client was disposed.</summary>
    internal void Close() => throw new NotImplementedException();
}
