using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Writes the memory's data into a persistent store, in the background and in order. While the store is down, changes
/// of one key become one. The store is filled anew from memory when its marker is gone. Nothing ends the writing before the
/// disposal: neither a setting nor foreign code that throws. Thread-safe.
/// </summary>
internal sealed class PersistentStoreWriter : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly ISnapshotStore _memory;
    private readonly ISerializedDataWriter _writer;
    private readonly WriteThroughSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly WriteThroughReport _report;
    private readonly Supervisor _supervisor;
    private readonly Func<double> _random;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly PendingWrites _pending = new();
    private readonly StoreVersions _versions = new();

    // Touched by the loop alone, after the constructor.
    private long _markerSeenAt;

    // Touched by the loop alone. When the store's loss was seen that is to be left alone for a while; null for none.
    private long? _lostAt;

    // Whether everything was to be written once. Touched by Write alone, whose calls come in order.
    private bool _hasWrittenAll;

    // Touched by the loop alone. How many attempts in a row have failed.
    private int _failures;

    // How many changes have come. Changed with Interlocked alone.
    private long _changes;

    // The loop, from the first write on. Guarded by _gate.
    private Task? _work;

    // Guarded by _gate.
    private Task? _disposal;

    /// <param name="memory">What is written when everything is.</param>
    /// <param name="writer">The store; disposed with this.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="random">Gives numbers from 0 to less than 1; null for the shared generator.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public PersistentStoreWriter(
        ISnapshotStore memory,
        ISerializedDataWriter writer,
        WriteThroughOptions options,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double>? random = null,
        ClientMetrics? metrics = null)
    {
        _memory = memory;
        _writer = writer;
        _settings = WriteThroughSettings.Of(options);
        _timeProvider = timeProvider;
        _report = new(writer.Identity, timeProvider, logger, metrics ?? ClientMetrics.Unnamed);
#pragma warning disable CA5394 // Spreads load; decides nothing secret.
        _random = random ?? Random.Shared.NextDouble;
#pragma warning restore CA5394
        _supervisor = new($"the writing of store {writer.Identity}", timeProvider, logger, ReportFault, random);
        _markerSeenAt = timeProvider.GetTimestamp();
    }

    /// <summary>How many items are still to be written, or being written; a write of everything counts as one.</summary>
    public int Pending => _pending.Count;

    /// <summary>How the writing goes.</summary>
    public WriteThroughStatus Status => _report.Status(Pending);

    /// <summary>How many changes have come so far. It is counted after a change counts as pending.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>Whether the store may lack a key's last change.</summary>
    public bool IsPending(DataKind kind, string key) => _pending.Has(kind, key);

    /// <summary>The keys of a kind of which the store may lack the last change; null for all keys.</summary>
    public IReadOnlyCollection<string>? PendingKeys(DataKind kind) => _pending.Keys(kind);

    /// <summary>Has a change written that memory holds already. Returns at once. Calls come in the order of the changes.</summary>
    /// <param name="write">The change.</param>
    /// <param name="before">The data that it changed.</param>
    public void Write(in DataWrite write, DataSnapshot before)
    {
        // Memory that began with a file may know of changes that the store never got: what comes first says nothing of them.
        if (write.ReplacesAll || (!_hasWrittenAll && before.Initialized))
        {
            _hasWrittenAll = true;
            _versions.Forget();
            _pending.AddEverything();
            Interlocked.Increment(ref _changes);
            Wake();
        }
        else if (_versions.Note(write, before) is { Length: > 0 } items)
        {
            _pending.Add(items);
            Interlocked.Increment(ref _changes);
            Wake();
        }
    }

    /// <summary>Writes what is left, for at most the flush timeout, and closes the store.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new(_disposal ??= DisposeOnceAsync(_work));
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_disposal is not null)
            {
                return;
            }

            _work ??= Task.Run(() => _supervisor.RunAsync(_ => WorkAsync(), _stopping.Token, _closing.Token));
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    private async Task WorkAsync()
    {
        var ended = false;
        while (!ended && !_stopping.IsCancellationRequested)
        {
            _supervisor.Pass("write: try");
            if (await TryWriteAsync(_failures > 0).ConfigureAwait(false))
            {
                _failures = 0;
                _supervisor.Pass("write: idle");
                ended = Pending == 0 && await IdleAsync().ConfigureAwait(false);
            }
            else if (!_stopping.IsCancellationRequested)
            {
                _supervisor.Pass("write: pause");
                await DelayAsync(_failures++).ConfigureAwait(false);
            }
        }
    }

    private void ReportFault(Exception fault, TimeSpan delay)
    {
        _failures++;
        _report.Failed(fault);
    }

    /// <summary>Writes all that is pending at the call.</summary>
    /// <returns>Whether it succeeded.</returns>
    private async ValueTask<bool> TryWriteAsync(bool afterFailure)
    {
        try
        {
            if (_memory.Initialized && (afterFailure || UntilMarkerCheck() == TimeSpan.Zero))
            {
                await CheckMarkerAsync().ConfigureAwait(false);
            }

            await WriteEverythingIfPendingAsync().ConfigureAwait(false);
            while (_pending.TakeNext() is { } item)
            {
                try
                {
                    _supervisor.Pass("write: item");
                    await BoundAsync(token => _writer.UpsertAsync(SerializedItem.InVersion(item.Item, item.Version), token), "upsert").ConfigureAwait(false);
                    _pending.ReportWritten();
                }
                catch
                {
                    // The same one failing again while the store answers must not keep the others waiting.
                    _pending.PutBack(item, atTheEnd: afterFailure);
                    throw;
                }
            }

            _report.Wrote();
            return true;
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
            {
                _report.Failed(e);
            }

            return false;
        }
    }

    private async ValueTask CheckMarkerAsync()
    {
        if (_pending.IsEverything)
        {
            return;
        }

        _supervisor.Pass("write: marker");
        var isThere = await BoundAsync(_writer.InitializedAsync, "initialized").ConfigureAwait(false);
        _markerSeenAt = _timeProvider.GetTimestamp();
        if (isThere)
        {
            _lostAt = null;
            return;
        }

        _lostAt ??= _markerSeenAt;
        if (_timeProvider.GetElapsedTime(_lostAt.Value) < _settings.RefillDelay)
        {
            return;
        }

        _lostAt = null;
        _report.Wiped();
        _pending.AddEverything();
    }

    private async ValueTask WriteEverythingIfPendingAsync()
    {
        if (!_pending.TakeEverything())
        {
            return;
        }

        try
        {
            _supervisor.Pass("write: everything");
            var items = DependencyOrder.Of(_memory.Snapshot).ConvertAll(_versions.Serialized);
            await BoundAsync<bool>(
                async token =>
                {
                    await _writer.InitAsync(items, token).ConfigureAwait(false);
                    return true;
                },
                "init").ConfigureAwait(false);
            _markerSeenAt = _timeProvider.GetTimestamp();
            _pending.ReportWritten();
        }
        catch
        {
            _pending.PutBackEverything();
            throw;
        }
    }

    private async ValueTask<T> BoundAsync<T>(Func<CancellationToken, ValueTask<T>> request, string operation)
    {
        _report.Requested(operation);
        using var limit = new CancellationTokenSource(_settings.WriteTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        var task = request(either.Token).AsTask();
        try
        {
            return await task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            Unwaited.Observe(task);
            if (_stopping.IsCancellationRequested)
            {
                throw;
            }

            throw new TimeoutException($"no answer within {_settings.WriteTimeout}");
        }
    }

    private async ValueTask DelayAsync(int failures)
    {
        var seconds = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 16)), LongestDelay.TotalSeconds);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, _closing.Token);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds * (1 - (0.2 * _random()))), _timeProvider, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            // Closing: one more attempt at once, then again without haste until the flush timeout is over.
            await Task.Delay(TimeSpan.FromMilliseconds(100), _timeProvider, _stopping.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until there is something to do.</summary>
    /// <returns>Whether there will be nothing any more.</returns>
    private async ValueTask<bool> IdleAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return true;
        }

        using var wake = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, _closing.Token);
        var signalled = _signal.WaitAsync(wake.Token);
        try
        {
            await signalled.WaitAsync(UntilMarkerCheck(), _timeProvider, wake.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Time to look at the marker.
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            // Once more, for what came meanwhile.
        }
        finally
        {
            // Whatever ended the wait: left behind, it would take the next signal from whoever waits then.
            if (!signalled.IsCompleted)
            {
                await wake.CancelAsync().ConfigureAwait(false);
                await signalled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return false;
    }

    private TimeSpan UntilMarkerCheck()
    {
        if (_settings.MarkerCheckInterval == Timeout.InfiniteTimeSpan && _lostAt is null)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = _lostAt is { } lostAt
            ? _settings.RefillDelay - _timeProvider.GetElapsedTime(lostAt)
            : _settings.MarkerCheckInterval - _timeProvider.GetElapsedTime(_markerSeenAt);

        return left <= TimeSpan.Zero ? TimeSpan.Zero : TimerSpan.RoundedUp(left);
    }

    private async Task DisposeOnceAsync(Task? work)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var ending = new Ending();
        await ending.StopAsync(_writer.Identity, _closing, running: null, Ending.Patience, _timeProvider).ConfigureAwait(false);
        if (work is not null)
        {
            try
            {
                await Ending.WithinAsync(_writer.Identity, work, _settings.FlushTimeout, _timeProvider).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // What is left is reported below.
            }

            await ending.StopAsync(_writer.Identity, _stopping, work, Ending.Patience, _timeProvider).ConfigureAwait(false);
            ending.Step(() => _report.Closed(Pending, _settings.FlushTimeout));
        }

        // A store that does not let go of a request is not closed in the middle of it, and is not waited for.
        await ending.StepAsync(
            _writer.Identity, () => EndStoreAsync(work), work is { IsCompleted: false } ? TimeSpan.Zero : Ending.Patience, _timeProvider).ConfigureAwait(false);
        _closing.Dispose();
        _stopping.Dispose();
        _signal.Dispose();
        ending.ThrowIfFailed();
    }

    private async ValueTask EndStoreAsync(Task? work)
    {
        if (work is not null)
        {
            await work.ConfigureAwait(false);
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
    }
}
