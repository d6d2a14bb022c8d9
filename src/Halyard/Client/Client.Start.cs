using System.Globalization;
using Halyard.AnalyticsEvents;
using Halyard.Concurrency;
using Halyard.DataInterfaces;

namespace Halyard;

// The client's life: made, started once, disposed once. Each may come while another thread is at the one before it.
public sealed partial class Client
{
    private static readonly TimeSpan LongestBlockedEnd = TimeSpan.FromMinutes(1);

    private readonly Lock _lifeGate = new();

    // Cancelled by the disposal, so that a start under way ends.
    private readonly CancellationTokenSource _ending = new();

    // Set by the start, ended by the disposal, which waits for it.
    private IDisposable? _watching;

    // Guarded by _lifeGate. The one start; null before it.
    private TaskCompletionSource? _start;

    // Completes when the start makes nothing any more, which a disposal that has waited for it in vain is to know.
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _lifeGate. The disposal; null before it.
    private TaskCompletionSource? _disposal;

    /// <summary>
    /// Makes a client without starting it: nothing is opened and nothing runs. Until <see cref="StartAsync(CancellationToken)"/>
    /// reads give defaults with the reason <c>CLIENT_NOT_READY</c>, and analytics events are not recorded.
    /// </summary>
    /// <param name="options">The options; they are not to be changed any more.</param>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    public static Client Create(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new Client(options);
    }

    /// <summary>
    /// Makes a client, starts it and waits for its first data, as <see cref="Create"/> and
    /// <see cref="StartAsync(CancellationToken)"/> do.
    /// </summary>
    /// <param name="options">The options; they are not to be changed any more.</param>
    /// <param name="cancellationToken">Ends the start and disposes the client.</param>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing is left running.</exception>
    public static async Task<Client> StartAsync(ClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();

        var client = new Client(options);
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Starts the client and waits for its first data, at most <see cref="ClientOptions.StartTimeout"/>; after that the
    /// client works with what it has and goes on trying. <see cref="Initialized"/> says which. An error that trying
    /// again soon will not mend (a wrong key) ends the wait at once. With a snapshot on disk there is no wait, unless
    /// <see cref="SnapshotOptions.WaitForFreshData"/> asks for it. The first call starts; every other waits for the same
    /// start and shares its outcome. Thread-safe.
    /// </summary>
    /// <param name="cancellationToken">Ends this call's wait; the start goes on, until the client is disposed.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed before the start had ended.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        TaskCompletionSource start;
        var isFirst = false;
        lock (_lifeGate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_start is null)
            {
                isFirst = true;
                _start = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            start = _start;
        }

        if (isFirst)
        {
            _ = StartOnceAsync(start);
        }

        return start.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Ends all work and closes all connections; a start under way is ended too. Later reads give last known data. Every
    /// call waits for the end. Never throws.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        TaskCompletionSource disposal;
        TaskCompletionSource? start;
        lock (_lifeGate)
        {
            if (_disposal is not null)
            {
                return new(_disposal.Task);
            }

            disposal = _disposal = new(TaskCreationOptions.RunContinuationsAsynchronously);
            start = _start;
        }

        return new(DisposeOnceAsync(disposal, start));
    }

    /// <summary>
    /// As <see cref="DisposeAsync"/>, for callers that cannot await, such as a container of services that is disposed without
    /// awaiting: blocks the calling thread until the end, for a minute at most; what takes longer ends by itself. Never throws.
    /// </summary>
    public void Dispose() => DisposeAsync().AsTask().Wait(LongestBlockedEnd);

    // The end may have been the first to tell.
    private async Task StartOnceAsync(TaskCompletionSource start)
    {
        try
        {
            await BeginAsync(_ending.Token).ConfigureAwait(false);
            start.TrySetResult();
        }
        catch (Exception) when (_ending.IsCancellationRequested)
        {
            TellEnded(start);
        }
        catch (Exception e)
        {
            start.TrySetException(e);
            _ = start.Task.Exception; // As in TellEnded.
        }
        finally
        {
            _begun.SetResult();
        }
    }

    private static void TellEnded(TaskCompletionSource start)
    {
        if (start.TrySetException(new ObjectDisposedException(nameof(Client))))
        {
            _ = start.Task.Exception; // Whoever waits gets it; it must not count as unobserved when nobody does.
        }
    }

    private async Task BeginAsync(CancellationToken ending)
    {
        var began = _timeProvider.GetTimestamp();
        _watching = _metrics.Instruments.Watch(new ObservedClient(_options.Name, this, _received, _timeProvider));
        if (Overrides.Files is { } files)
        {
            await files.StartAsync(Overrides, ending).ConfigureAwait(false);
        }

        if (_options.Offline)
        {
            ClientLog.Offline(_logger);
            DataSourceStatus.Close();
            await WaitAsync(Overrides.WaitForFilesAsync(ending), began, ending).ConfigureAwait(false);
            return;
        }

        // A step that took so long that the end went on without it is not followed by more.
        ending.ThrowIfCancellationRequested();
        _bigSegments?.Start();
        ending.ThrowIfCancellationRequested();
        if (HasEvents)
        {
            _events = EventProcessor.Start(_options, _instanceId, _streamInits, metrics: _metrics);
        }

        ending.ThrowIfCancellationRequested();
        _reader.Open(_events);
        await _system.StartAsync(ending).ConfigureAwait(false);
        var outcome = DataSourceStatus.FirstOutcome;
        if (_options.Snapshot is { WaitForFreshData: false } && _system.Initialized && !outcome.IsCompleted)
        {
            ClientLog.StartedWithLastKnown(_logger, _system.Identity);
            await WaitAsync(Overrides.WaitForFilesAsync(ending), began, ending).ConfigureAwait(false);
            return;
        }

        await WaitAsync(Task.WhenAll(outcome, Overrides.WaitForFilesAsync(ending)), began, ending).ConfigureAwait(false);
        if (outcome.IsCompletedSuccessfully && outcome.Result)
        {
            ClientLog.Started(_logger, _system.Identity);
        }
        else
        {
            var status = DataSourceStatus.Current;
            var problem = status.ConnectedWithoutDataSince is { } since
                ? string.Create(CultureInfo.InvariantCulture, $"the stream is open since {since:O}, but no data has arrived yet")
                : status.LastError?.Message ?? "no data has arrived in time";
            var served = _system.Initialized ? "last known data" : _system is ILazyDataSystem ? "defaults where nothing is known" : "defaults";
            ClientLog.StartedWithoutData(
                _logger, _system.Identity, problem, status.State == DataSourceState.Off ? served : served + "; trying goes on");
        }
    }

    /// <summary>Waits as long as a start may take that began then.</summary>
    private async Task WaitAsync(Task first, long began, CancellationToken ending)
    {
        var left = _options.StartTimeout;
        if (left != Timeout.InfiniteTimeSpan)
        {
            left = TimerSpan.RoundedUp(left - _timeProvider.GetElapsedTime(began));
        }

        try
        {
            if (left > TimeSpan.Zero || left == Timeout.InfiniteTimeSpan)
            {
                await first.WaitAsync(left, _timeProvider, ending).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            // Not an error of the caller's: the client works with what it has and goes on trying.
        }
    }

    // Nothing that fails here, a log included, keeps the parts after it from their end, nor the callers waiting.
    private async Task DisposeOnceAsync(TaskCompletionSource disposal, TaskCompletionSource? start)
    {
        // The start ends first: what it has made is to be disposed, and nothing is made after that. A source of the
        // application's may have registered anything on the token.
        await EndAsync(_system.Identity, () => WithinAsync("the cancellation of the start", _ending.CancelAsync())).ConfigureAwait(false);
        if (start is not null)
        {
            await EndAsync(_system.Identity, () => WithinAsync("the start", start.Task.ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default))).ConfigureAwait(false);

            if (!start.Task.IsCompleted)
            {
                // A source that never comes back from its start holds up nobody who waits for that, nor keeps what was begun.
                TellEnded(start);
                _ = EndLateAsync();
            }
        }

        _watching?.Dispose();
        await EndAsync("override files", Overrides.Files).ConfigureAwait(false);
        await EndAsync(_system.Identity, _system).ConfigureAwait(false);
        await EndAsync("events", _events).ConfigureAwait(false);
        await EndAsync("big segments", _bigSegments).ConfigureAwait(false);
        await EndAsync("status", Of(DataSourceStatus.Close)).ConfigureAwait(false);
        await EndAsync("flag changes", Of(FlagChanges.Complete)).ConfigureAwait(false);
        _ending.Dispose();
        disposal.SetResult();
    }

    private async Task EndLateAsync()
    {
        await _begun.Task.ConfigureAwait(false);
        await EndAsync("events", _events).ConfigureAwait(false);
    }

    // What a source or a store of the application's does here has a bound.
    private async ValueTask WithinAsync(string what, Task running) =>
        await Ending.WithinAsync(what, running, Ending.Patience, _timeProvider).ConfigureAwait(false);

    private static Func<ValueTask> Of(Action end) => () =>
    {
        end();
        return default;
    };

    private ValueTask EndAsync(string name, IAsyncDisposable? part) => part is null ? default : EndAsync(name, part.DisposeAsync);

    private async ValueTask EndAsync(string name, Func<ValueTask> end)
    {
        var ending = new Ending();
        await ending.StepAsync(end).ConfigureAwait(false);
        if (ending.Failure is { } failure)
        {
            ending.Step(() => ClientLog.DisposeFailed(_logger, failure, name));
        }
    }
}
