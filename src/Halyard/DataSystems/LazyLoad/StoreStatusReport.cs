namespace Halyard.DataSystems;

/// <summary>
/// Tells the status manager whether the store is down: an outage is one report, however many threads notice it, and the
/// last report is the last state. Thread-safe; takes no lock, since whoever is told may log, and a logger is foreign code.
/// </summary>
/// <param name="status">Where to report.</param>
internal sealed class StoreStatusReport(IDataSourceStatusReporter status)
{
    // What is to be reported: the outage's description, or null when there is none. Each outage has a string of its own.
    private volatile string? _outage;

    // How often Publish was called and has not been answered for; whoever raises it from zero reports for all.
    private int _requests;

    // Touched only by the thread that reports.
    private string? _reported;

    /// <summary>Sets what the next <see cref="Publish"/> reports.</summary>
    public void Set(string? outage) => _outage = outage;

    /// <summary>Reports the newest state, on this thread or on the one that is reporting already.</summary>
    public void Publish()
    {
        if (Interlocked.Increment(ref _requests) != 1)
        {
            return;
        }

        int answered;
        do
        {
            answered = Volatile.Read(ref _requests);
            TryReport();
        }
        while (Interlocked.Add(ref _requests, -answered) != 0);
    }

    private void TryReport()
    {
        try
        {
            if (_outage is not { } outage)
            {
                _reported = null;
                status.ReportValid();
            }
            else if (!ReferenceEquals(outage, _reported))
            {
                status.ReportInterrupted(DataSourceErrorKind.StoreError, outage);
                _reported = outage;
            }
        }
        catch (Exception)
        {
            // The next report tells it; an exception here would leave the count of requests, and with it nobody to report.
        }
    }
}
