using System.Globalization;
using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Runs one source of a chain from its making to its end: an initializer until it has fetched or failed, a synchronizer
/// until it is to be left. What is left is ended before this returns, so that there is never more than one writer; a
/// source that does not end in time is gone on without, as it can write nothing by then.
/// </summary>
/// <param name="destination">Where the sources write.</param>
/// <param name="rules">When a source is left.</param>
/// <param name="status">What the chain says of itself.</param>
/// <param name="clock">The chain's time.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class SourceRunner(
    ChainDestination destination, SwitchingRules rules, ChainStatus status, ChainClock clock, TimeProvider time, ILogger logger)
{
    /// <summary>How long a source may take to end before the chain goes on without it.</summary>
    private static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(10);

    /// <summary>Where the sources write.</summary>
    public ChainDestination Destination => destination;

    /// <summary>Asks an initializer.</summary>
    /// <returns>Null when it has delivered; otherwise why not, or the order that came with the data.</returns>
    public async Task<SourceFailure?> FetchAsync(SourceFactory source, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(rules.Initializer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var monitor = new ActiveSourceMonitor(status.Reporter, () => clock.Now, isTrial: true, isLastResort: false);
        var gate = destination.Open();
        IDataInitializer? initializer = null;
        Task<SourceFailure?>? fetch = null;
        try
        {
            initializer = source.CreateInitializer?.Invoke(monitor) ?? new FirstDataInitializer(source);
            fetch = initializer.FetchAsync(gate, destination.Selector, either.Token);
            return await fetch.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return new(DataSourceErrorKind.NetworkError, null, $"no data within {Text(rules.Initializer)}");
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, retryTlsFailuresSlowly: true);
        }
        finally
        {
            Unwaited.Observe(fetch ?? Task.CompletedTask);
            gate.Close();
            monitor.Close();
            await EndAsync(initializer, source.Name, starting: null, Task.CompletedTask).ConfigureAwait(false);
        }
    }

    /// <summary>Uses a synchronizer until it is to be left.</summary>
    /// <param name="source">The source.</param>
    /// <param name="monitor">What takes the source's reports.</param>
    /// <param name="judge">Says whether to leave it, from how it fares and the time.</param>
    /// <param name="stop">Ends the use with an exception.</param>
    /// <returns>Why it was left.</returns>
    public async Task<LeaveReason> UseAsync(
        SourceFactory source, ActiveSourceMonitor monitor, Func<SourceState, TimeSpan, Verdict> judge, CancellationToken stop)
    {
        status.Activate(source.Name);
        ChainLog.Using(logger, source.Name);
        var gate = destination.Open();
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        IDataSynchronizer? synchronizer = null;
        var start = Task.CompletedTask;
        try
        {
            try
            {
                synchronizer = source.Create(monitor);
                start = StartAsync(synchronizer, monitor, gate, starting.Token);
            }
            catch (Exception e)
            {
                monitor.ReportOff(DataSourceErrorKind.Unknown, $"{source.Name} could not be made: {e.Message}");
            }

            while (true)
            {
                // Taken first, so that no change between the judgement and the wait is missed.
                var changed = monitor.Changed;
                var now = clock.Now;
                var (reason, lookAgain) = judge(monitor.State, now);
                if (reason != LeaveReason.None)
                {
                    Leave(source.Name, monitor, reason);
                    return reason;
                }

                await clock.WaitAsync(changed, now, lookAgain, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Close();
            monitor.Close();
            await EndAsync(synchronizer, source.Name, starting, start).ConfigureAwait(false);
        }
    }

    private async Task StartAsync(IDataSynchronizer synchronizer, ActiveSourceMonitor monitor, SourceGate gate, CancellationToken stop)
    {
        try
        {
            // Foreign code may do long work before its first await.
            await Task.Yield();
            await synchronizer.StartAsync(gate, new Bootstrap(destination.Selector), stop).ConfigureAwait(false);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            monitor.ReportUnexpected(DataSourceErrorKind.Unknown, $"the source could not be started: {e.Message}");
        }
        catch (Exception)
        {
            // It was told to give up.
        }
    }

    /// <summary>Ends a source. It can neither write nor report any more, so one that does not end holds up nothing.</summary>
    private async Task EndAsync(IAsyncDisposable? source, string name, CancellationTokenSource? starting, Task start)
    {
        var ending = new Ending();
        if (starting is not null)
        {
            // The source may have registered anything on the token.
            await ending.StopAsync(name, starting, running: null, DisposalLimit, time).ConfigureAwait(false);
        }

        if (source is not null)
        {
            await ending.StepAsync(name, () => EndOnceAsync(source, start), DisposalLimit, time).ConfigureAwait(false);
        }

        if (ending.Failure is { } failure)
        {
            ChainLog.DisposalFailed(logger, failure, name);
        }
    }

    private static async ValueTask EndOnceAsync(IAsyncDisposable source, Task start)
    {
        // A source is never disposed while its own start runs.
        await start.ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
    }

    private void Leave(string name, ActiveSourceMonitor monitor, LeaveReason reason)
    {
        var failure = monitor.Failure?.Message;
        var because = reason switch
        {
            LeaveReason.Interrupted => $"interrupted for {Text(rules.FallbackAfter)}: {failure}",
            LeaveReason.SlowStart when failure is null => $"no data within {Text(rules.SlowStart)}",
            LeaveReason.SlowStart => $"no data within {Text(rules.SlowStart)}: {failure}",
            LeaveReason.Recovery => "a better source is tried again",
            LeaveReason.Ordered => "the service orders FDv1",
            _ => failure ?? "it has ended",
        };
        status.Deactivate(because);
        if (reason == LeaveReason.Recovery)
        {
            ChainLog.LeftForBetter(logger, name, because);
        }
        else
        {
            ChainLog.Left(logger, name, because);
        }
    }

    private static string Text(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} seconds")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.##} minutes");
}
