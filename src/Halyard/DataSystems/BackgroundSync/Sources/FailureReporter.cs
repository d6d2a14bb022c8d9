using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources;

/// <summary>Tells the status reporter and the log of a source's failures. Used by the source's one loop; not thread-safe.</summary>
internal sealed class FailureReporter(string source, UnexpectedStatusPolicy policy, IDataSourceStatusReporter status, ILogger logger)
{
    private string? _lastUnexpected;

    /// <summary>Whether the failure ends the source for good.</summary>
    public bool Ends(SourceFailure failure) =>
        failure.Directive is not null || (policy == UnexpectedStatusPolicy.Stop && failure.IsUnexpectedStatus);

    public void Valid()
    {
        _lastUnexpected = null;
        status.ReportValid();
    }

    /// <summary>Reports that the source makes headway, so that those who wait for its first data go on waiting.</summary>
    public void Progress() => (status as ISourceEvents)?.ReportProgress();

    /// <summary>Reports that a stream is open, from which data is still to come.</summary>
    public void Connected() => (status as IConnectionEvents)?.ReportConnected();

    /// <summary>The service has closed a stream that was good, and it is opened again at once: that is no news to report.</summary>
    public void ClosedByService(TimeSpan delay)
    {
        (status as IConnectionEvents)?.ReportDisconnected();
        HttpLog.ClosedByService(logger, source, delay);
    }

    /// <summary>Reports a failure that ends the source.</summary>
    public void Stopped(SourceFailure failure)
    {
        if (failure.Directive is { } directive && status is ISourceEvents events)
        {
            events.ReportFallback(directive, failure);
            return;
        }

        HttpLog.UnexpectedStopped(logger, source, failure.Message);
        status.ReportOff(failure.Kind, failure.Message, failure.StatusCode);
    }

    /// <summary>Reports a failure after which the source tries again.</summary>
    public void Failed(SourceFailure failure, TimeSpan delay)
    {
        if (failure.IsPlanned)
        {
            (status as IConnectionEvents)?.ReportDisconnected();
            HttpLog.PlannedReconnect(logger, source, failure.Message, delay);
            return;
        }

        if (failure.Regime == RetryRegime.Extended)
        {
            // Each reason is logged once: retries may go on for hours.
            if (_lastUnexpected != failure.Message)
            {
                _lastUnexpected = failure.Message;
                HttpLog.UnexpectedRetriedSlowly(logger, source, failure.Message, delay);
            }

            status.ReportUnexpected(failure.Kind, failure.Message, failure.StatusCode);
        }
        else
        {
            status.ReportInterrupted(failure.Kind, failure.Message, failure.StatusCode);
        }

        HttpLog.AttemptFailed(logger, source, failure.Message, delay);
    }
}
