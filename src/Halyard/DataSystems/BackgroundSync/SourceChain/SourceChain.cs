using System.Globalization;
using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Keeps a destination in step by way of several sources: initializers first, then one synchronizer at a time, with
/// fallback to the next when it fails and recovery of the better one, and the older protocol when the service orders
/// it. One loop makes every decision; whoever is left is ended before the next one begins, so
/// that there is never more than one writer.
/// </summary>
internal sealed class SourceChain : IDataSynchronizer
{
    /// <summary>How long a source may take to end before the chain goes on without it; it can write nothing by then.</summary>
    private static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long a decision may take before it is made again.</summary>
    private static readonly TimeSpan ClockJump = TimeSpan.FromMilliseconds(500);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly SourceChainSettings _settings;
    private readonly DataSourceStatusManager _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable? _shared;
    private readonly SourceRotation _rotation;
    private readonly SourceLoop _loop = new();
    private readonly long _began;
    private SelectorTracker _destination = null!;
    private SourceFailure? _lastFailure;

    /// <param name="settings">The sources and the rules.</param>
    /// <param name="status">Where the state and the source in use are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="shared">What the sources share; disposed with the chain, after them.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public SourceChain(
        SourceChainSettings settings, DataSourceStatusManager status, TimeProvider time, ILogger logger, IDisposable? shared = null,
        Func<double>? random = null)
    {
        _settings = settings;
        _status = status;
        _time = time;
        _logger = logger;
        _shared = shared;
        _rotation = new(settings.Synchronizers.Count, settings.Rules, random);
        _began = time.GetTimestamp();
    }

    public string Identity => "chain";

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Start(stop =>
        {
            _destination = new(destination, bootstrap?.Selector ?? Selector.Empty);
            return RunAsync(stop);
        });
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _shared?.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var directive = await InitializeAsync(stop).ConfigureAwait(false);
            while (true)
            {
                directive ??= await SynchronizeAsync(stop).ConfigureAwait(false);
                if (directive is null || !await FollowOrderAsync(directive, stop).ConfigureAwait(false))
                {
                    return;
                }

                directive = null;
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            ChainLog.Failed(_logger, e);
            _status.ReportOff(DataSourceErrorKind.Unknown, $"the chain of sources failed: {e.Message}");
        }
    }

    /// <summary>Asks one initializer after the other until one delivers data of a known state.</summary>
    private async Task<FallbackDirective?> InitializeAsync(CancellationToken stop)
    {
        if (!_destination.Selector.IsEmpty && _settings.Synchronizers.Count != 0)
        {
            // The snapshot on disk was the first initializer, and it has done what the others are for. A file could
            // only take its data back to something older.
            return null;
        }

        foreach (var entry in _settings.Initializers)
        {
            Activate(entry.Name);
            ChainLog.Initializing(_logger, entry.Name);
            var failure = await FetchAsync(entry, stop).ConfigureAwait(false);
            if (failure is null)
            {
                ChainLog.Initialized(_logger, entry.Name);
            }
            else if (failure.Directive is null)
            {
                _lastFailure = failure;
                ChainLog.InitializerFailed(_logger, entry.Name, failure.Message);
                _status.ReportInterrupted(failure.Kind, failure.Message, failure.StatusCode);
            }

            Deactivate(failure?.Message ?? "it has done its part");
            if (failure?.Directive is { } directive)
            {
                return directive;
            }

            if (failure is null && !_destination.Selector.IsEmpty)
            {
                break;
            }
        }

        if (_destination.HasData)
        {
            _status.ReportValid();
        }

        return null;
    }

    private async Task<SourceFailure?> FetchAsync(SourceFactory entry, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_settings.Rules.Initializer, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var run = new ActiveSourceMonitor(_status, Now, isTrial: true, isLastResort: false);
        var destination = new ClosableDestination(_destination);
        IDataInitializer? initializer = null;
        try
        {
            initializer = entry.CreateInitializer?.Invoke(run) ?? new FirstDataInitializer(entry);
            return await initializer.FetchAsync(destination, _destination.Selector, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return new(DataSourceErrorKind.NetworkError, null, $"no data within {Text(_settings.Rules.Initializer)}");
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, retryTlsFailuresSlowly: true);
        }
        finally
        {
            destination.Close();
            run.Close();
            await EndAsync(initializer, entry.Name).ConfigureAwait(false);
        }
    }

    /// <summary>Uses one synchronizer at a time until the service orders the older protocol, or none is left (null).</summary>
    private async Task<FallbackDirective?> SynchronizeAsync(CancellationToken stop)
    {
        if (_settings.Synchronizers.Count == 0)
        {
            if (!_destination.HasData)
            {
                ReportOff();
            }

            return null;
        }

        var current = _rotation.First(Now());
        var tried = new bool[_settings.Synchronizers.Count];
        var isRecovery = false;
        while (true)
        {
            if (current is not { } index)
            {
                if (_rotation.AllExcluded)
                {
                    ReportOff();
                    return null;
                }

                await PauseUntilAvailableAsync(stop).ConfigureAwait(false);
                current = _rotation.First(Now());
                continue;
            }

            var entry = _settings.Synchronizers[index];
            var run = new ActiveSourceMonitor(_status, Now, isTrial: isRecovery || !tried[index], isLastResort: false);
            tried[index] = true;
            var reason = await UseAsync(entry, run, (state, now) => _rotation.Judge(index, state, now), stop).ConfigureAwait(false);
            if (reason == LeaveReason.Ordered)
            {
                return run.Directive;
            }

            current = Choose(index, run, reason);
            isRecovery = reason == LeaveReason.Recovery;
        }
    }

    /// <summary>Draws the conclusions from a source that is left, and names the next one.</summary>
    private int? Choose(int index, ActiveSourceMonitor run, LeaveReason reason)
    {
        var now = Now();
        if (run.State.HasDelivered)
        {
            _rotation.Delivered(index);
        }

        if (reason == LeaveReason.Recovery)
        {
            return _rotation.First(now);
        }

        _lastFailure = run.Failure ?? new(DataSourceErrorKind.NetworkError, null, $"{_settings.Synchronizers[index].Name} delivered no data");
        if (reason == LeaveReason.Unexpected)
        {
            _rotation.SetAside(index, now);
        }
        else if (reason == LeaveReason.Off)
        {
            _rotation.Exclude(index);
        }

        var next = _rotation.NextAfter(index, now) ?? _rotation.First(now);
        if (next is not null)
        {
            _status.ReportInterrupted(_lastFailure.Kind, _lastFailure.Message, _lastFailure.StatusCode);
        }

        return next;
    }

    private async Task PauseUntilAvailableAsync(CancellationToken stop)
    {
        var now = Now();
        var delay = (_rotation.NextReturn(now) ?? now) - now;
        if (delay > TimeSpan.Zero)
        {
            ChainLog.NoneAvailable(_logger, delay);
            if (_lastFailure is { } failure)
            {
                _status.ReportUnexpected(failure.Kind, failure.Message, failure.StatusCode);
            }

            await WaitAsync(Never, now, now + delay, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Uses the older protocol for as long as the service ordered.</summary>
    /// <returns>Whether the newer protocol may be tried again; false when everything has ended.</returns>
    private async Task<bool> FollowOrderAsync(FallbackDirective directive, CancellationToken stop)
    {
        var until = directive.RetryAfter is { } retryAfter ? Now() + retryAfter : (TimeSpan?)null;
        if (until is not null)
        {
            ChainLog.OrderedFor(_logger, directive.RetryAfter!.Value);
        }
        else
        {
            ChainLog.OrderedForGood(_logger);
        }

        if (_settings.Fdv1Fallback is { } entry)
        {
            var run = new ActiveSourceMonitor(_status, Now, isTrial: false, isLastResort: true);
            var reason = await UseAsync(
                entry,
                run,
                (state, now) => state.End == SourceEnd.Off ? new(LeaveReason.Off, null)
                    : now >= until ? new(LeaveReason.Recovery, null)
                    : new(LeaveReason.None, until),
                stop).ConfigureAwait(false);
            if (reason == LeaveReason.Off)
            {
                _lastFailure = run.Failure;
            }
        }
        else
        {
            ChainLog.OrderedWithoutFallback(_logger);
            _lastFailure = new(DataSourceErrorKind.Unknown, null, "the service orders the older protocol, and no source of it is configured");
        }

        if (until is null)
        {
            ReportOff();
            return false;
        }

        if (Now() < until.Value)
        {
            _status.ReportUnexpected(_lastFailure!.Kind, _lastFailure.Message, _lastFailure.StatusCode);
            while (Now() is var now && now < until.Value)
            {
                await WaitAsync(Never, now, until, stop).ConfigureAwait(false);
            }
        }

        ChainLog.OrderExpired(_logger);
        return true;
    }

    /// <summary>Runs a source until it is to be left.</summary>
    private async Task<LeaveReason> UseAsync(
        SourceFactory entry, ActiveSourceMonitor run, Func<SourceState, TimeSpan, Verdict> judge, CancellationToken stop)
    {
        Activate(entry.Name);
        ChainLog.Using(_logger, entry.Name);
        var destination = new ClosableDestination(_destination);
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        IDataSynchronizer? source = null;
        var start = Task.CompletedTask;
        try
        {
            try
            {
                source = entry.Create(run);
                start = StartAsync(source, run, destination, starting.Token);
            }
            catch (Exception e)
            {
                run.ReportOff(DataSourceErrorKind.Unknown, $"{entry.Name} could not be made: {e.Message}");
            }

            while (true)
            {
                // Taken first, so that no change between the judgement and the wait is missed.
                var changed = run.Changed;
                var now = Now();
                var (reason, lookAgain) = judge(run.State, now);
                if (reason != LeaveReason.None)
                {
                    Leave(entry.Name, run, reason);
                    return reason;
                }

                await WaitAsync(changed, now, lookAgain, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            destination.Close();
            run.Close();
            await starting.CancelAsync().ConfigureAwait(false);
            await EndAsync(source, entry.Name, start).ConfigureAwait(false);
        }
    }

    private async Task StartAsync(IDataSynchronizer source, ActiveSourceMonitor run, IDataDestination destination, CancellationToken stop)
    {
        try
        {
            // Foreign code may do long work before its first await.
            await Task.Yield();
            await source.StartAsync(destination, new Bootstrap(_destination.Selector), stop).ConfigureAwait(false);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            run.ReportUnexpected(DataSourceErrorKind.Unknown, $"the source could not be started: {e.Message}");
        }
        catch (Exception)
        {
            // It was told to give up.
        }
    }

    /// <summary>Waits until the source's state changes, or it is time to look again.</summary>
    private async Task WaitAsync(Task changed, TimeSpan now, TimeSpan? lookAgain, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var wait = changed.WaitAsync(lookAgain - now ?? Timeout.InfiniteTimeSpan, _time, enough.Token);
        if (Now() - now > ClockJump)
        {
            // The process was suspended between the judgement and the wait: what has passed is not waited for again.
            await enough.CancelAsync().ConfigureAwait(false);
        }

        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Ends a source. It can neither write nor report any more, so one that does not end holds up nothing.</summary>
    private async Task EndAsync(IAsyncDisposable? source, string name, Task? start = null)
    {
        if (source is null)
        {
            return;
        }

        try
        {
            await EndOnceAsync(source, start).WaitAsync(DisposalLimit, _time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ChainLog.DisposalFailed(_logger, e, name);
        }
    }

    private static async Task EndOnceAsync(IAsyncDisposable source, Task? start)
    {
        // A source is never disposed while its own start runs.
        await (start ?? Task.CompletedTask).ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
    }

    private void Leave(string name, ActiveSourceMonitor run, LeaveReason reason)
    {
        var failure = run.Failure is { } last ? last.Message : null;
        var because = reason switch
        {
            LeaveReason.Interrupted => $"interrupted for {Text(_settings.Rules.FallbackAfter)}: {failure}",
            LeaveReason.SlowStart when failure is null => $"no data within {Text(_settings.Rules.SlowStart)}",
            LeaveReason.SlowStart => $"no data within {Text(_settings.Rules.SlowStart)}: {failure}",
            LeaveReason.Recovery => "a better source is tried again",
            LeaveReason.Ordered => "the service orders the older protocol",
            _ => failure ?? "it has ended",
        };
        Deactivate(because);
        if (reason == LeaveReason.Recovery)
        {
            ChainLog.LeftForBetter(_logger, name, because);
        }
        else
        {
            ChainLog.Left(_logger, name, because);
        }
    }

    private void Activate(string name)
    {
        var last = _status.Current.Active;
        _status.ReportActive(new(name, _time.GetUtcNow(), last?.Name ?? last?.PreviousName, last?.LeftBecause));
    }

    private void Deactivate(string because) =>
        _status.ReportActive(new(null, _time.GetUtcNow(), _status.Current.Active?.Name, because));

    private void ReportOff()
    {
        var failure = _lastFailure ?? new(DataSourceErrorKind.Unknown, null, "no source is left");
        _status.ReportOff(failure.Kind, failure.Message, failure.StatusCode);
    }

    private TimeSpan Now() => _time.GetElapsedTime(_began);

    private static string Text(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} seconds")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.##} minutes");
}
