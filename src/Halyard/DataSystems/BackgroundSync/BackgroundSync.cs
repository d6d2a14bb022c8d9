using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Telemetry;

namespace Halyard.DataSystems;

/// <summary>
/// The pushed data system: all flag data is in memory, and a source keeps it in step.
/// <para>
/// What it is: the owner of three parts and of their lives. The <see cref="IDataSynchronizer"/> brings the data, be it a
/// stream, a poller, files or a chain of several. It writes to the <see cref="ChangeNotifier"/>, the one door, which
/// guards, stores and announces. The <see cref="MemoryStore"/> behind it is all that reads look at. A snapshot on disk
/// and a persistent store may stand beside the memory: both are written behind the door, and neither is read after the
/// start.
/// </para>
/// <para>
/// Why so: an application evaluates flags many thousand times for each change, so that a read must cost no lock, no wait
/// and no look beyond memory, and every cost of a change is the writer's. Sources differ in how they get data and in
/// nothing else, so they know neither the store nor who listens. All writes have one order, behind one lock and in one
/// method, because who is told of a change must be able to read it, and what the disk and the persistent store get must
/// follow in the same order.
/// </para>
/// <para>
/// What it promises: reads never wait, and see each change set as a whole. A start begins with what the disk kept, and
/// returns when the source has begun, not when it has data. From the call of <see cref="DisposeAsync"/> on nothing is
/// written to memory, however late a source lets go; what has arrived by then is saved to the disk and to the
/// persistent store, within the time that each is given; and reads go on giving the last known data. Thread-safe.
/// </para>
/// </summary>
internal sealed class BackgroundSync : IDataSystem
{
    private readonly MemoryStore _store = new();
    private readonly IDataSynchronizer _synchronizer;
    private readonly ChangeNotifier _door;
    private readonly PersistentStoreWriter? _writer;
    private readonly Bootstrap? _bootstrap;
    private readonly QuarantineLedger? _ledger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _startLimit;
    private readonly Action<Exception>? _onLateFailure;

    // Cancelled by a disposal that comes while the start is under way.
    private readonly CancellationTokenSource _starting = new();

    private readonly Lock _gate = new();

    // Guarded by _gate. Completes with the start; null before it.
    private TaskCompletionSource? _started;

    // Guarded by _gate. Completes with the disposal; null before it.
    private TaskCompletionSource? _disposed;

    // Set by the start before that is complete. The source's own start, which may go on when the system's is over; null before it.
    private Task? _begun;

    // Set before the start, and only read from then on.
    private Action? _onFirstData;

    // Set before the start, and only read from then on.
    private Action<DataSnapshot>? _onDiskRead;

    /// <param name="synchronizer">The source; disposed with the system.</param>
    /// <param name="changes">Where changes are announced.</param>
    /// <param name="bootstrap">Data to serve until the source has delivered; null for none.</param>
    /// <param name="createWriter">Makes what writes a persistent store from memory, disposed with the system; null for none.</param>
    /// <param name="disk">What keeps the data in a file, and reads it from there at the start; disposed with the system; null for none.</param>
    /// <param name="ledger">What is told of items that could not be understood; null for nobody.</param>
    /// <param name="patterns">What logs regular expressions that may run away; null for nothing.</param>
    /// <param name="createDestination">Makes what pushed data is stored in, which must store it in memory; null for memory alone.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="startLimit">How long the source may take to begin until the start goes on without waiting for it; null for no limit.</param>
    /// <param name="onLateFailure">What is told when the source fails to begin after that.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public BackgroundSync(
        IDataSynchronizer synchronizer,
        FlagChanges changes,
        DataSet? bootstrap = null,
        Func<ISnapshotStore, PersistentStoreWriter>? createWriter = null,
        DiskSnapshot? disk = null,
        QuarantineLedger? ledger = null,
        SlowPatternLog? patterns = null,
        Func<MemoryStore, IDataDestination>? createDestination = null,
        TimeProvider? time = null,
        TimeSpan? startLimit = null,
        Action<Exception>? onLateFailure = null,
        ClientMetrics? metrics = null)
    {
        ArgumentNullException.ThrowIfNull(synchronizer);
        ArgumentNullException.ThrowIfNull(changes);
        _synchronizer = synchronizer;
        _time = time ?? TimeProvider.System;
        _startLimit = startLimit ?? Timeout.InfiniteTimeSpan;
        _onLateFailure = onLateFailure;
        if (bootstrap is not null)
        {
            _store.Init(bootstrap);
            _bootstrap = new(Selector.Empty);
        }

        Disk = disk;
        _writer = createWriter?.Invoke(_store);
        _ledger = ledger;
        _door = new(_store, createDestination?.Invoke(_store) ?? _store, changes, _writer, disk, ledger, patterns, metrics);
    }

    public string Identity => _synchronizer.Identity;

    public DataSnapshot Snapshot => _store.Snapshot;

    /// <summary>Where the data is, for a client that reads it without a call through an interface.</summary>
    internal MemoryStore Memory => _store;

    public bool Initialized => _store.Initialized;

    /// <summary>Where the data is kept on disk; null when it is not.</summary>
    internal DiskSnapshot? Disk { get; }

    /// <summary>What writes the data through to a persistent store; null when nothing does.</summary>
    internal PersistentStoreWriter? Writer => _writer;

    /// <summary>Has something done once there is data, on the thread of whoever writes it first; it must return at once.</summary>
    public void OnFirstData(Action then) => _onFirstData = then;

    /// <summary>Has something done with the data that the disk held, before the source begins.</summary>
    public void OnDiskRead(Action<DataSnapshot> then) => _onDiskRead = then;

    /// <inheritdoc/>
    /// <remarks>The first call starts; every other waits for the same start and shares its outcome.</remarks>
    /// <exception cref="ObjectDisposedException">The system was disposed before it was started.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource started;
        lock (_gate)
        {
            if (_started is not null)
            {
                return _started.Task.WaitAsync(cancellationToken);
            }

            ObjectDisposedException.ThrowIf(_disposed is not null, this);
            started = _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return StartOnceAsync(started, cancellationToken);
    }

    /// <summary>
    /// Ends the source. From the call on no write reaches the data any more. Every call waits for the end; an error of
    /// the source's own disposal reaches each.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        TaskCompletionSource disposed;
        Task? start;
        lock (_gate)
        {
            if (_disposed is not null)
            {
                return new(_disposed.Task);
            }

            disposed = _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            start = _started?.Task;
        }

        return new(DisposeOnceAsync(disposed, start));
    }

    private async Task StartOnceAsync(TaskCompletionSource started, CancellationToken cancellationToken)
    {
        try
        {
            var bootstrap = _bootstrap;
            if (Disk is not null)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _starting.Token);
                bootstrap = await Disk.LoadAsync(_store, either.Token).ConfigureAwait(false) ?? bootstrap;
                TellOfQuarantine();
                if (_store.Snapshot is { Initialized: true } read)
                {
                    _onDiskRead?.Invoke(read);
                }
            }

            if (_onFirstData is not null)
            {
                // Not before the disk was read: its data is the first there is.
                _door.OnFirstData(_onFirstData);
            }

            var begun = _begun = BeginAsync(bootstrap, cancellationToken);
            await WaitForAsync(begun).ConfigureAwait(false);
            started.SetResult();
        }
        catch (OperationCanceledException e)
        {
            started.SetCanceled(e.CancellationToken);
            throw;
        }
        catch (Exception e)
        {
            started.SetException(e);
            _ = started.Task.Exception; // The caller gets it; it must not count as unobserved when nobody else waits.
            throw;
        }
    }

    private async Task BeginAsync(Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _starting.Token);
        await _synchronizer.StartAsync(_door, bootstrap, either.Token).ConfigureAwait(false);
    }

    // A source of the application's that does not come back from its start may deliver all the same, now or later.
    private async Task WaitForAsync(Task begun)
    {
        try
        {
            await Ending.WithinAsync(_synchronizer.Identity, begun, _startLimit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!begun.IsCompleted)
        {
            _ = TellLateAsync(begun);
        }
    }

    private async Task TellLateAsync(Task begun)
    {
        try
        {
            await begun.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _onLateFailure?.Invoke(e);
        }
    }

    /// <summary>Tells of what the disk holds that could not be understood: it does not come through the door.</summary>
    private void TellOfQuarantine()
    {
        if (_ledger is not null && _store.Snapshot.Quarantine is { IsEmpty: false } quarantine)
        {
            _ledger.Follow(() => _store.Snapshot.Quarantine, Quarantine.Empty, quarantine.Items);
        }
    }

    private async ValueTask EndSourceAsync(Task? start)
    {
        if (start is not null)
        {
            // A source is never disposed while its own start runs: the start is cancelled and awaited first.
            await start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (_begun ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _synchronizer.DisposeAsync().ConfigureAwait(false);
    }

    private async Task DisposeOnceAsync(TaskCompletionSource disposed, Task? start)
    {
        var ending = new Ending();
        ending.Step(_door.Close);

        // The door is shut, so that memory holds what the next start is to have.
        await ending.StepAsync(Disk).ConfigureAwait(false);

        if (start is not null)
        {
            await ending.StopAsync(Identity, _starting, running: null, Ending.Patience, _time).ConfigureAwait(false);
        }

        await ending.StepAsync(Identity, () => EndSourceAsync(start), Ending.Patience, _time).ConfigureAwait(false);

        // Last: it writes what the source has delivered until the door was shut.
        await ending.StepAsync(_writer).ConfigureAwait(false);
        _starting.Dispose();
        if (ending.Failure is { } failure)
        {
            disposed.SetException(failure);
            _ = disposed.Task.Exception; // As above.
            ending.ThrowIfFailed();
        }

        disposed.SetResult();
    }
}
