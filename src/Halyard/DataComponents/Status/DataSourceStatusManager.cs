using Halyard.DataComponents.Listeners;
using Halyard.DataComponents.Status;
using Halyard.DataInterfaces;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// The data source's status: what it is now, when it changes, and waiting for a state. Sources report it by the
/// <see cref="IDataSourceStatusReporter"/> they are given. Thread-safe.
/// </summary>
public sealed class DataSourceStatusManager : IDataSourceStatusProvider
{
    // The longest time a timer can wait for. Anything longer is waited for without a limit.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly ListenerHub<DataSourceStatus> _listeners;
    private readonly OutageLog _outage;
    private readonly Action<DataSourceState, DataSourceStatus>? _onMoved;
    private readonly TaskCompletionSource<bool> _firstOutcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate.
    private readonly List<Waiter> _waiters = [];

    // Written under _gate, read without it. DataUpdatedAt is not in it: it changes with every update, and is kept in a
    // number of its own so that an update allocates nothing.
    private volatile DataSourceStatus _status;

    // UTC ticks; 0 before the first data. Written without a lock.
    private long _dataUpdatedAt;

    // By kind. Changed with Interlocked alone.
    private readonly long[] _failures = new long[Enum.GetValues<DataSourceErrorKind>().Length];

    // Changed with Interlocked alone.
    private long _connections;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="onMoved">Told of each change of state, in order, under the manager's lock; null for nobody.</param>
    internal DataSourceStatusManager(TimeProvider timeProvider, ILogger? logger = null, Action<DataSourceState, DataSourceStatus>? onMoved = null)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _timeProvider = timeProvider;
        _onMoved = onMoved;
        _listeners = new(nameof(DataSourceStatus), static () => new NewestOnly<DataSourceStatus>(), logger);
        _outage = new(timeProvider, logger);
        _status = new(DataSourceState.Initializing, timeProvider.GetUtcNow(), null, null);
        Reporter = new StatusReporter(this);
    }

    /// <summary>What sources report by. Apart from the manager, so that applications cannot reach it through the client.</summary>
    internal IDataSourceStatusReporter Reporter { get; }

    /// <summary>The status now.</summary>
    public DataSourceStatus Current
    {
        get
        {
            var status = _status;
            return Interlocked.Read(ref _dataUpdatedAt) is var ticks and not 0
                ? status with { DataUpdatedAt = new(ticks, TimeSpan.Zero) }
                : status;
        }
    }

    /// <summary>How often a stream was opened.</summary>
    internal long Connections => Interlocked.Read(ref _connections);

    /// <inheritdoc cref="ListenerHub{T}.Load"/>
    internal (int Waiting, long Merged) Load => _listeners.Load;

    /// <summary>Whether no data has arrived yet; cheap enough for every read.</summary>
    internal bool IsInitializing => _status.State == DataSourceState.Initializing;

    /// <summary>
    /// Raised after every change of state, of the source in use or of what is quarantined, and every new error, in order, off the reporting
    /// thread. A handler that throws or blocks disturbs neither the source nor other handlers. A slow handler may miss
    /// statuses in between, but never the newest. New data in an unchanged state raises nothing.
    /// </summary>
    public event Action<DataSourceStatus>? Changed
    {
        add => _listeners.Add(value);
        remove => _listeners.Remove(value);
    }

    /// <summary>Waits until the state is reached, if only for a moment.</summary>
    /// <param name="state">The state.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>True when it was reached; false when the time ran out, or the state is Off and another was asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<bool> WaitForAsync(DataSourceState state, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        Waiter waiter;
        lock (_gate)
        {
            var now = _status.State;
            if (now == state || now == DataSourceState.Off || timeout == TimeSpan.Zero)
            {
                return Task.FromResult(now == state);
            }

            waiter = new(state);
            _waiters.Add(waiter);
        }

        return WaitAsync(waiter, timeout > LongestWait ? Timeout.InfiniteTimeSpan : timeout, cancellationToken);
    }

    /// <summary>How many failures of a kind were reported.</summary>
    internal long Failures(DataSourceErrorKind kind) => Interlocked.Read(ref _failures[(int)kind]);

    /// <inheritdoc cref="IDataSourceStatusReporter.ReportValid"/>
    internal void ReportValid()
    {
        // This runs for every update, so that the usual case takes no lock: in the state Valid there is no outage to end.
        var now = _timeProvider.GetUtcNow();
        if (_status is { State: DataSourceState.Valid, ConnectedWithoutDataSince: null })
        {
            Interlocked.Exchange(ref _dataUpdatedAt, now.UtcTicks);
            return;
        }

        OutageLog.Entry entry;
        lock (_gate)
        {
            if (_status.State == DataSourceState.Off)
            {
                return;
            }

            Interlocked.Exchange(ref _dataUpdatedAt, now.UtcTicks);
            if (_status.State == DataSourceState.Valid)
            {
                _status = _status with { ConnectedWithoutDataSince = null };
                return;
            }

            entry = _outage.Recovered();
            Enter(DataSourceState.Valid, now, _status.LastError);
            _firstOutcome.TrySetResult(true);
        }

        _outage.Write(entry);
    }

    /// <inheritdoc cref="IDataSourceStatusReporter.ReportInterrupted"/>
    internal void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) =>
        Fail(kind, message, statusCode, unexpected: false);

    /// <inheritdoc cref="IDataSourceStatusReporter.ReportUnexpected"/>
    internal void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) =>
        Fail(kind, message, statusCode, unexpected: true);

    /// <inheritdoc cref="IDataSourceStatusReporter.ReportOff"/>
    internal void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        OutageLog.Entry entry;
        lock (_gate)
        {
            if (_status.State == DataSourceState.Off)
            {
                return;
            }

            var now = _timeProvider.GetUtcNow();
            var error = new DataSourceError(kind, statusCode, OneLine.Of(message), now);
            CountFailure(kind);
            entry = _outage.EndedForGood(error, HasDelivered);
            Enter(DataSourceState.Off, now, error);
            _firstOutcome.TrySetResult(false);
        }

        _outage.Write(entry);
    }

    /// <summary>
    /// Completes when a start need not wait longer: true at the first Valid; false at Off or at the first error
    /// that retrying soon will not mend.
    /// </summary>
    internal Task<bool> FirstOutcome => _firstOutcome.Task;

    /// <summary>Tells which of several sources is in use.</summary>
    internal void ReportActive(ActiveSource active)
    {
        lock (_gate)
        {
            _status = _status with { Active = active, ConnectedWithoutDataSince = null, IsStreamOpen = false };
            if (_listeners.HasListeners)
            {
                _listeners.Publish(Current);
            }
        }
    }

    /// <summary>A stream is open and has brought no data yet.</summary>
    internal void ReportConnected()
    {
        Interlocked.Increment(ref _connections);
        lock (_gate)
        {
            if (_status.State != DataSourceState.Off)
            {
                _status = _status with { ConnectedWithoutDataSince = _timeProvider.GetUtcNow(), IsStreamOpen = true };
            }
        }
    }

    /// <summary>The stream has ended without a failure to report.</summary>
    internal void ReportDisconnected()
    {
        lock (_gate)
        {
            _status = _status with { ConnectedWithoutDataSince = null, IsStreamOpen = false };
        }
    }

    /// <summary>Tells which items could not be understood.</summary>
    /// <param name="items">The items to be listed.</param>
    /// <param name="count">How many there are in all.</param>
    internal void ReportQuarantined(IReadOnlyList<QuarantinedItem> items, int count)
    {
        lock (_gate)
        {
            _status = _status with { Quarantined = items, QuarantinedCount = count };
            if (_listeners.HasListeners)
            {
                _listeners.Publish(Current);
            }
        }
    }

    /// <summary>Ends the status as Off without an error: the client was disposed.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            if (_status.State != DataSourceState.Off)
            {
                _outage.Forget();
                Enter(DataSourceState.Off, _timeProvider.GetUtcNow(), _status.LastError);
                _firstOutcome.TrySetResult(false);
            }
        }

        _listeners.Complete();
    }

    // A snapshot on disk is no delivery: the start tells of that itself.
    private bool HasDelivered => Interlocked.Read(ref _dataUpdatedAt) != 0;

    // A source of the application's may report what is no kind.
    private void CountFailure(DataSourceErrorKind kind) =>
        Interlocked.Increment(ref _failures[(int)kind < _failures.Length ? (int)kind : (int)DataSourceErrorKind.Unknown]);

    private void Fail(DataSourceErrorKind kind, string message, int? statusCode, bool unexpected)
    {
        OutageLog.Entry entry;
        lock (_gate)
        {
            var state = _status.State;
            if (state == DataSourceState.Off)
            {
                return;
            }

            var now = _timeProvider.GetUtcNow();
            var error = new DataSourceError(kind, statusCode, OneLine.Of(message), now);
            CountFailure(kind);
            entry = _outage.Failed(error, unexpected, HasDelivered);
            Enter(state == DataSourceState.Valid ? DataSourceState.Interrupted : state, now, error);
            if (unexpected)
            {
                _firstOutcome.TrySetResult(false);
            }
        }

        _outage.Write(entry);
    }

    // The caller holds the lock, so that events come in the order of the states. Handlers and waiters run on other threads.
    private void Enter(DataSourceState state, DateTimeOffset now, DataSourceError? lastError)
    {
        var previous = _status.State;
        var moved = state != previous;
        _status = _status with
        {
            State = state,
            StateSince = moved ? now : _status.StateSince,
            LastError = lastError,
            ConnectedWithoutDataSince = null,
            IsStreamOpen = state == DataSourceState.Valid && _status.IsStreamOpen,
        };
        if (_listeners.HasListeners)
        {
            _listeners.Publish(Current);
        }

        if (!moved)
        {
            return;
        }

        _onMoved?.Invoke(previous, Current);
        foreach (var waiter in _waiters)
        {
            if (waiter.State == state || state == DataSourceState.Off)
            {
                waiter.Done.TrySetResult(waiter.State == state);
            }
        }

        _waiters.RemoveAll(static waiter => waiter.Done.Task.IsCompleted);
    }

    private async Task<bool> WaitAsync(Waiter waiter, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Done.Task.WaitAsync(timeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return waiter.Done.Task is { IsCompletedSuccessfully: true, Result: true };
        }
        finally
        {
            lock (_gate)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    private sealed class Waiter(DataSourceState state)
    {
        public DataSourceState State => state;

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class StatusReporter(DataSourceStatusManager manager) : IDataSourceStatusReporter, IConnectionEvents
    {
        public void ReportConnected() => manager.ReportConnected();

        public void ReportDisconnected() => manager.ReportDisconnected();

        public void ReportValid() => manager.ReportValid();

        public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) =>
            manager.ReportInterrupted(kind, message, statusCode);

        public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) =>
            manager.ReportUnexpected(kind, message, statusCode);

        public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) =>
            manager.ReportOff(kind, message, statusCode);
    }
}
