using Halyard.DataInterfaces;

namespace Halyard.DataSystems;

/// <summary>
/// The time that a source is in use: takes its reports, keeps how it fares, and passes on what concerns the whole.
/// Once closed, nothing gets through. Thread-safe.
/// </summary>
/// <param name="status">Where the whole reports.</param>
/// <param name="now">The time since the start of the chain.</param>
/// <param name="isTrial">Whether the source is tried out.</param>
/// <param name="isLastResort">
/// Whether there is nothing else to turn to: then even a fault that retrying soon will not mend is the source's own to retry.
/// </param>
internal sealed class ActiveSourceMonitor(IDataSourceStatusReporter status, Func<TimeSpan> now, bool isTrial, bool isLastResort) : ISourceEvents, IConnectionEvents
{
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private SourceState _state = new(isTrial, now(), HasDelivered: false, ValidSince: null, FailingSince: null, SourceEnd.None);
    private SourceFailure? _failure;
    private FallbackDirective? _directive;
    private TaskCompletionSource _changed = NewSignal();
    private bool _closed;

    public SourceState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>The last failure; null when there was none.</summary>
    public SourceFailure? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    public FallbackDirective? Directive
    {
        get
        {
            lock (_gate)
            {
                return _directive;
            }
        }
    }

    /// <summary>Completes when the state has changed in more than its last sign since the call. Take it before the state is read.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    public void ReportValid()
    {
        lock (_gate)
        {
            if (!IsOpen)
            {
                return;
            }

            if (_state.ValidSince is null)
            {
                Enter(_state with { HasDelivered = true, ValidSince = now(), FailingSince = null });
            }
        }

        status.ReportValid();
    }

    public void ReportProgress()
    {
        // Signs count only until the first data; from then on the state is judged by failures alone.
        lock (_gate)
        {
            if (IsOpen && !_state.HasDelivered)
            {
                _state = _state with { LastSign = now() };
            }
        }
    }

    public void ReportConnected()
    {
        if (IsOpenNow)
        {
            (status as IConnectionEvents)?.ReportConnected();
        }
    }

    public void ReportDisconnected()
    {
        if (IsOpenNow)
        {
            (status as IConnectionEvents)?.ReportDisconnected();
        }
    }

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        if (Fail(new(kind, statusCode, message), SourceEnd.None))
        {
            status.ReportInterrupted(kind, message, statusCode);
        }
    }

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        if (Fail(new(kind, statusCode, message), isLastResort ? SourceEnd.None : SourceEnd.Unexpected) && isLastResort)
        {
            status.ReportUnexpected(kind, message, statusCode);
        }
    }

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => Fail(new(kind, statusCode, message), SourceEnd.Off);

    public void ReportFallback(FallbackDirective directive, SourceFailure why)
    {
        lock (_gate)
        {
            // A source of FDv1 can be ordered nothing that it does not do already.
            if (IsOpen && !isLastResort)
            {
                _failure = why;
                _directive = directive;
                Enter(_state with { End = SourceEnd.Ordered });
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    private bool IsOpenNow
    {
        get
        {
            lock (_gate)
            {
                return IsOpen;
            }
        }
    }

    // Under the lock.
    private bool IsOpen => !_closed && _state.End == SourceEnd.None;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Fail(SourceFailure failure, SourceEnd end)
    {
        lock (_gate)
        {
            if (!IsOpen)
            {
                return false;
            }

            _failure = failure;
            if (_state.FailingSince is null || end != SourceEnd.None)
            {
                Enter(_state with { ValidSince = null, FailingSince = _state.FailingSince ?? now(), End = end });
            }

            return true;
        }
    }

    // Under the lock.
    private void Enter(SourceState state)
    {
        _state = state;
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
