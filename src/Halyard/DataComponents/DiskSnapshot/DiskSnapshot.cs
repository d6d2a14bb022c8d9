using Halyard.Concurrency;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Keeps a file in step with the data in memory: read once at the start, then written some time after a change, on a
/// thread of its own. Neither readers nor writers of the data ever wait for the disk, and none of its faults reaches
/// them. Thread-safe.
/// </summary>
internal sealed partial class DiskSnapshot : IAsyncDisposable
{
    /// <summary>How long a start waits for the file, and an end for its last save: a disk may hang.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // How long after a save that failed the next is tried, when no change asks for one: doubled each time.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly SnapshotFile _file;
    private readonly SnapshotOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ClientMetrics _metrics;
    private readonly TaskScheduler _scheduler;
    private readonly Alarm _timer;

    // What is kept; null until the file was read.
    private volatile MemoryStore? _store;

    // The data that the file holds; written by the load and then by saves, of which one runs at a time.
    private volatile DataSnapshot? _saved;

    // The file's header, and how many saves in a row have failed. Touched like _saved.
    private SnapshotHeader? _onDisk;
    private int _failures;

    // The save under way, or the last one. Guarded by _gate.
    private Task _saving = Task.CompletedTask;

    // 1 while a save is due that has not begun; changed by Interlocked.
    private int _scheduled;

    // Guarded by _gate. Once set, nothing is loaded and no save is begun.
    private bool _disposed;

    /// <param name="options">Validated options.</param>
    /// <param name="sdkKey">The key of the environment whose data it is.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="scheduler">Where the file is read and written; null for a thread of its own each time.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public DiskSnapshot(
        SnapshotOptions options, string sdkKey, TimeProvider timeProvider, ILogger logger, TaskScheduler? scheduler = null, ClientMetrics? metrics = null)
    {
        _metrics = metrics ?? ClientMetrics.Unnamed;
        _scheduler = scheduler ?? TaskScheduler.Default;
        _file = new(options.Path, sdkKey);
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _timer = new(timeProvider, static state => ((DiskSnapshot)state!).Begin(), this);
    }

    /// <summary>The save under way, or the last one; never fails.</summary>
    internal Task Saving
    {
        get
        {
            lock (_gate)
            {
                return _saving;
            }
        }
    }

    /// <summary>Reads the file into the store, whose data is kept from then on. A file that is of no use is not an error.</summary>
    /// <param name="store">Where the data goes, and where it comes from later.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What the store holds now; null when the file gave nothing.</returns>
    public async Task<Bootstrap?> LoadAsync(MemoryStore store, CancellationToken cancellationToken)
    {
        SnapshotContent? content = null;
        try
        {
            var reading = OnThreadOfItsOwn(_file.Read);
            Unwaited.Observe(reading);
            content = await reading.WaitAsync(Patience, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (SnapshotRefusedException e)
        {
            Ignore(e, e.Message);
        }
        catch (TimeoutException e)
        {
            Ignore(e, $"reading it takes longer than {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Ignore(e, e.Message);
        }

        lock (_gate)
        {
            if (_disposed)
            {
                // The end came while the file was read: nothing is written to memory any more.
                return null;
            }

            if (content is not null)
            {
                store.Init(content.Data);
                var selector = content.Header.Selector;
                _saved = selector.IsEmpty ? store.Snapshot : store.Update(now => now with { Selector = selector });
                _onDisk = content.Header;
            }

            _store = store;
        }

        if (content is null)
        {
            return null;
        }

        _metrics.Add(_metrics.Instruments.SnapshotLoads);
        LogLoaded(_file.Path, content.Header.WrittenAt, content.Data.Flags.Count, content.Data.Segments.Count);
        return new(content.Header.Selector);
    }

    /// <summary>To be called after a write to the store. Costs next to nothing and never blocks.</summary>
    public void Changed()
    {
        if (Volatile.Read(ref _scheduled) == 0 && Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _timer.Set(_options.Interval);
        }
    }

    /// <summary>Saves what is not saved yet, and waits for that a bounded time.</summary>
    public async ValueTask DisposeAsync()
    {
        Task last;
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _saving = SaveAfterAsync(_saving);
            }

            last = _saving;
        }

        _timer.Dispose();
        try
        {
            await Ending.WithinAsync(_file.Path, last, Patience, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogAbandoned(_file.Path, Patience.TotalSeconds);
        }
    }

    // Not on a thread of the pool: a slow disk would hold it up for a long time.
    private Task<T> OnThreadOfItsOwn<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, _scheduler);

    private void Begin()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _saving = SaveAfterAsync(_saving);
            }
        }
    }

    private async Task SaveAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // From here on a change asks for the next save: this one may miss it.
        Interlocked.Exchange(ref _scheduled, 0);
        if (_store?.Snapshot is not { Initialized: true } snapshot || snapshot == _saved)
        {
            return;
        }

        try
        {
            ICheckpoints.Pass(_timeProvider, "snapshot: save");
            await OnThreadOfItsOwn(() => Save(snapshot)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Not even a thread was to be had. Whatever it is, it must not end the saves that wait for this one.
            SayFailed(e);
        }

        if (_failures > 0)
        {
            Retry();
        }
    }

    private void Ignore(Exception e, string problem)
    {
        _metrics.Add(_metrics.Instruments.SnapshotLoads, 1, Failure(e));
        LogIgnored(_file.Path, problem);
    }

    private void Retry()
    {
        var seconds = Math.Min(FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(_failures - 1, 16)), LongestRetry.TotalSeconds);
        _timer.Set(TimeSpan.FromSeconds(seconds));
        if (Volatile.Read(ref _scheduled) != 0)
        {
            // A change came meanwhile, and its time was just overwritten: it is not to wait for the retry.
            _timer.Set(_options.Interval);
        }
    }

    private static KeyValuePair<string, object?> Failure(Exception e) => new(HalyardMetrics.ErrorTag, e.GetType().FullName);

    private bool Save(DataSnapshot snapshot)
    {
        try
        {
            var before = _onDisk;
            var started = _timeProvider.GetTimestamp();
            _onDisk = _file.Write(snapshot, _timeProvider.GetUtcNow(), before);
            _saved = snapshot;
            _metrics.Add(_metrics.Instruments.SnapshotSaves);
            if (!ReferenceEquals(_onDisk, before))
            {
                LogSaved(_file.Path, _onDisk.PayloadLength, _timeProvider.GetElapsedTime(started).TotalMilliseconds);
            }

            if (_failures > 0)
            {
                _failures = 0;
                LogSavesAgain(_file.Path);
            }

            return true;
        }
        catch (Exception e)
        {
            SayFailed(e);
            return false;
        }
    }

    private void SayFailed(Exception e)
    {
        _metrics.Add(_metrics.Instruments.SnapshotSaves, 1, Failure(e));
        try
        {
            if (++_failures > 1)
            {
                LogStillFails(_file.Path, e.Message);
            }
            else
            {
                LogFailed(_file.Path, e.Message);
            }
        }
        catch (Exception)
        {
            // A logger that fails is no reason to end the saves.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Last known data is served from the snapshot '{Path}' of {WrittenAt:u}: {Flags} flags and {Segments} segments, tombstones included.")]
    private partial void LogLoaded(string path, DateTimeOffset writtenAt, int flags, int segments);

    [LoggerMessage(2, LogLevel.Warning, "The snapshot '{Path}' is ignored: {Problem}. The next save replaces it.")]
    private partial void LogIgnored(string path, string problem);

    [LoggerMessage(3, LogLevel.Warning, "The snapshot '{Path}' could not be saved ({Problem}). Flags are served as ever; saving is tried again, at growing distances and after changes.")]
    private partial void LogFailed(string path, string problem);

    [LoggerMessage(4, LogLevel.Debug, "The snapshot '{Path}' still cannot be saved ({Problem}).")]
    private partial void LogStillFails(string path, string problem);

    [LoggerMessage(5, LogLevel.Information, "The snapshot '{Path}' can be saved again.")]
    private partial void LogSavesAgain(string path);

    [LoggerMessage(6, LogLevel.Debug, "Saved the snapshot '{Path}': {Bytes} bytes in {Milliseconds} ms.")]
    private partial void LogSaved(string path, long bytes, double milliseconds);

    [LoggerMessage(7, LogLevel.Warning, "Saving the snapshot '{Path}' takes longer than {Seconds} s; the client ends without waiting for it.")]
    private partial void LogAbandoned(string path, double seconds);
}
