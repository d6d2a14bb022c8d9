using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// A synchronizer made of several sources in order of preference.
/// <para>
/// What it is: first the initializers are asked, one after the other, until one delivers data of a known state; then one
/// synchronizer is in use at a time. One that fails for too long, or is too slow to begin, is left for the next; while
/// another than the first works, the first is tried again after a time. When the service orders FDv1, the chain changes
/// over to the source of FDv1 for as long as was ordered (<see cref="FallbackOrder"/>).
/// </para>
/// <para>
/// Why so: every source knows how to retry itself, and none knows of the others. Choosing among them is a question of
/// its own with a state of its own, so it has one place, and that is one loop: it alone decides, one decision after the
/// other, and needs no lock. The rules by which it decides are pure and know no clock (<see cref="SourceRotation"/>);
/// the work of running a source is <see cref="SourceRunner"/>'s; the sources write through gates of which one is open
/// (<see cref="ChainDestination"/>).
/// </para>
/// <para>
/// What it promises: there is never more than one writer, as a source that is left is shut out and ended before the next
/// one begins, and one that does not end is gone on without. A source goes on from the state that the data has reached,
/// whichever source brought it there. After a fault of its own the chain is interrupted, and begins again with its first source.
/// </para>
/// </summary>
internal sealed class SourceChain : IDataSynchronizer
{
    private readonly SourceChainSettings _settings;
    private readonly DataSourceStatusManager _manager;
    private readonly ChainStatus _status;
    private readonly ChainClock _clock;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable? _shared;
    private readonly SourceRotation _rotation;
    private readonly FallbackOrder _order;
    private readonly Supervisor _supervisor;
    private readonly SourceLoop _loop;

    // Used by the loop alone.
    private bool _isInitialized;

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
        _manager = status;
        _status = new(status, time);
        _clock = new(time);
        _time = time;
        _logger = logger;
        _shared = shared;
        _rotation = new(settings.Synchronizers.Count, settings.Rules, random);
        _order = new(settings.Fdv1Fallback, _status, _clock, logger);
        _supervisor = new("the chain of sources", time, logger, ReportFault);
        _loop = new(_supervisor, "the chain of sources", time);
    }

    public string Identity => "chain";

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var held = new ChainDestination(destination, bootstrap?.Selector ?? Selector.Empty);
        var runner = new SourceRunner(held, _settings.Rules, _status, _clock, _time, _logger);
        _loop.Start(stop => RunAsync(runner, stop));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        var ending = new Ending();
        await ending.StepAsync(_loop).ConfigureAwait(false);
        ending.Step(() => _shared?.Dispose());
        ending.ThrowIfFailed();
    }

    private async Task RunAsync(SourceRunner runner, CancellationToken stop)
    {
        FallbackDirective? directive = null;
        if (!_isInitialized)
        {
            _supervisor.Pass("chain: initialize");
            directive = await InitializeAsync(runner, stop).ConfigureAwait(false);
            _isInitialized = true;
        }

        while (true)
        {
            _supervisor.Pass("chain: synchronize");
            directive ??= await SynchronizeAsync(runner, stop).ConfigureAwait(false);
            _supervisor.Pass("chain: end");
            if (directive is null || !await _order.FollowAsync(directive, runner, stop).ConfigureAwait(false))
            {
                return;
            }

            directive = null;
        }
    }

    private void ReportFault(Exception fault, TimeSpan delay)
    {
        var failure = SourceFailure.OfException(fault, retryTlsFailuresSlowly: true) with { Message = $"the chain of sources failed: {fault.Message}" };
        _status.LastFailure = failure;
        _status.ReportInterrupted(failure);
    }

    /// <summary>Asks one initializer after the other until one delivers data of a known state.</summary>
    /// <returns>The service's order to leave FDv2; null for none.</returns>
    private async Task<FallbackDirective?> InitializeAsync(SourceRunner runner, CancellationToken stop)
    {
        if (!runner.Destination.Selector.IsEmpty && _settings.Synchronizers.Count != 0)
        {
            // The snapshot on disk was the first initializer, and it has done what the others are for. A file could
            // only take its data back to something older.
            return null;
        }

        foreach (var source in _settings.Initializers)
        {
            var failure = await InitializeFromAsync(source, runner, stop).ConfigureAwait(false);
            if (failure?.Directive is { } directive)
            {
                return directive;
            }

            if (failure is null && !runner.Destination.Selector.IsEmpty)
            {
                break;
            }
        }

        if (runner.Destination.HasData)
        {
            _manager.ReportValid();
        }

        return null;
    }

    /// <returns>Null when it has delivered; otherwise why not, or the order that came with the data.</returns>
    private async Task<SourceFailure?> InitializeFromAsync(SourceFactory source, SourceRunner runner, CancellationToken stop)
    {
        _status.Activate(source.Name);
        ChainLog.Initializing(_logger, source.Name);
        var failure = await runner.FetchAsync(source, stop).ConfigureAwait(false);
        _supervisor.Pass("chain: fetched");
        if (failure is null)
        {
            ChainLog.Initialized(_logger, source.Name);
        }
        else if (failure.Directive is null)
        {
            _status.LastFailure = failure;
            ChainLog.InitializerFailed(_logger, source.Name, failure.Message);
            _status.ReportInterrupted(failure);
        }

        _status.Deactivate(failure?.Message ?? "it has done its part");
        return failure;
    }

    /// <summary>Uses one synchronizer at a time until the service orders FDv1, or none is left (null).</summary>
    private async Task<FallbackDirective?> SynchronizeAsync(SourceRunner runner, CancellationToken stop)
    {
        if (_settings.Synchronizers.Count == 0)
        {
            if (!runner.Destination.HasData)
            {
                _status.ReportOff();
            }

            return null;
        }

        var current = _rotation.First(_clock.Now);
        var tried = new bool[_settings.Synchronizers.Count];
        var isRecovery = false;
        while (true)
        {
            if (current is not { } index)
            {
                if (_rotation.AllExcluded)
                {
                    _status.ReportOff();
                    return null;
                }

                _supervisor.Pass("chain: pause");
                await PauseUntilAvailableAsync(stop).ConfigureAwait(false);
                current = _rotation.First(_clock.Now);
                continue;
            }

            _supervisor.Pass("chain: use");
            var monitor = new ActiveSourceMonitor(
                _manager.Reporter, () => _clock.Now, isTrial: isRecovery || !tried[index], isLastResort: false);
            tried[index] = true;
            var reason = await runner.UseAsync(
                _settings.Synchronizers[index], monitor, (state, now) => _rotation.Judge(index, state, now), stop).ConfigureAwait(false);
            if (reason == LeaveReason.Ordered)
            {
                return monitor.Directive;
            }

            _supervisor.Pass("chain: left");
            current = Choose(index, monitor, reason);
            isRecovery = reason == LeaveReason.Recovery;
        }
    }

    /// <summary>Draws the conclusions from a source that is left, and names the next one; null when none can be used now.</summary>
    private int? Choose(int index, ActiveSourceMonitor monitor, LeaveReason reason)
    {
        var now = _clock.Now;
        if (monitor.State.HasDelivered)
        {
            _rotation.Delivered(index);
        }

        if (reason == LeaveReason.Recovery)
        {
            return _rotation.First(now);
        }

        var failure = monitor.Failure
            ?? new(DataSourceErrorKind.NetworkError, null, $"{_settings.Synchronizers[index].Name} delivered no data");
        _status.LastFailure = failure;
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
            _status.ReportInterrupted(failure);
        }

        return next;
    }

    private async Task PauseUntilAvailableAsync(CancellationToken stop)
    {
        var now = _clock.Now;
        if (_rotation.NextReturn(now) is not { } end || end <= now)
        {
            return;
        }

        ChainLog.NoneAvailable(_logger, end - now);
        if (_status.LastFailure is { } failure)
        {
            _status.ReportUnexpected(failure);
        }

        await _clock.WaitUntilAsync(end, stop).ConfigureAwait(false);
    }
}
