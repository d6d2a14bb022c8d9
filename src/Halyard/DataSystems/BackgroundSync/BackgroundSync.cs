using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// The pushed data system: a synchronizer writes through the change notifier into memory, reads pass through to
/// memory. Thread-safe. After disposal reads go on giving the last known data.
/// </summary>
internal sealed class BackgroundSync : IDataSystem
{
    private readonly MemoryStore _store = new();
    private readonly IDataSynchronizer _synchronizer;
    private readonly ChangeNotifier _door;
    private readonly PersistentStoreWriter? _writer;
    private readonly Bootstrap? _bootstrap;
    private readonly CancellationTokenSource _starting = new();
    private readonly Lock _gate = new();

    // Guarded by _gate. Completes with the start; null before it.
    private TaskCompletionSource? _started;

    // Guarded by _gate. Completes with the disposal; null before it.
    private TaskCompletionSource? _disposed;

    // Set before the start.
    private Action? _onFirstData;

    /// <param name="synchronizer">The source; disposed with the system.</param>
    /// <param name="changes">Where changes are announced.</param>
    /// <param name="bootstrap">Data to serve until the source has delivered; null for none.</param>
    /// <param name="createWriter">Makes what writes a persistent store from memory, disposed with the system; null for none.</param>
    /// <param name="disk">What keeps the data in a file, and reads it from there at the start; disposed with the system; null for none.</param>
    public BackgroundSync(
        IDataSynchronizer synchronizer,
        FlagChanges changes,
        DataSet? bootstrap = null,
        Func<ISnapshotStore, PersistentStoreWriter>? createWriter = null,
        DiskSnapshot? disk = null)
    {
        ArgumentNullException.ThrowIfNull(synchronizer);
        ArgumentNullException.ThrowIfNull(changes);
        _synchronizer = synchronizer;
        if (bootstrap is not null)
        {
            _store.Init(bootstrap);
            _bootstrap = new(Selector.Empty);
        }

        Disk = disk;
        _writer = createWriter?.Invoke(_store);
        _door = new(_store, _store, changes, _writer, disk);
    }

    public string Identity => _synchronizer.Identity;

    public DataSnapshot Snapshot => _store.Snapshot;

    /// <summary>Where the data is, for a client that reads it without a call through an interface.</summary>
    internal MemoryStore Memory => _store;

    public bool Initialized => _store.Initialized;

    public ItemDescriptor<Flag>? GetFlag(string key) => _store.GetFlag(key);

    public ItemDescriptor<Segment>? GetSegment(string key) => _store.GetSegment(key);

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => _store.AllFlags();

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => _store.AllSegments();

    /// <summary>Where the data is kept on disk; null when it is not.</summary>
    internal DiskSnapshot? Disk { get; }

    /// <summary>Has something done once there is data, on the thread of whoever writes it first; it must return at once.</summary>
    public void OnFirstData(Action then) => _onFirstData = then;

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
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _starting.Token);
            var bootstrap = _bootstrap;
            if (Disk is not null)
            {
                bootstrap = await Disk.LoadAsync(_store, either.Token).ConfigureAwait(false) ?? bootstrap;
            }

            if (_onFirstData is not null)
            {
                // Not before the disk was read: its data is the first there is.
                _door.OnFirstData(_onFirstData);
            }

            await _synchronizer.StartAsync(_door, bootstrap, either.Token).ConfigureAwait(false);
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
            _ = started.Task.Exception; // the caller gets it; nobody else has to look
            throw;
        }
    }

    private async Task DisposeOnceAsync(TaskCompletionSource disposed, Task? start)
    {
        try
        {
            _door.Close();
            if (Disk is not null)
            {
                // Nothing is written any more: the data is what the next start is to have.
                await Disk.DisposeAsync().ConfigureAwait(false);
            }

            if (start is not null)
            {
                // A source is never disposed while its own start runs: cancel the start, and let it come to its end.
                await _starting.CancelAsync().ConfigureAwait(false);
                await start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            try
            {
                await _synchronizer.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                // Last, since it writes what the source has delivered until now.
                if (_writer is not null)
                {
                    await _writer.DisposeAsync().ConfigureAwait(false);
                }
            }

            _starting.Dispose();
            disposed.SetResult();
        }
        catch (Exception e)
        {
            disposed.SetException(e);
            _ = disposed.Task.Exception;
            throw;
        }
    }
}
