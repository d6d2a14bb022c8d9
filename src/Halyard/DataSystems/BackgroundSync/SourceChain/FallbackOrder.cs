using Halyard.DataInterfaces;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>Follows the service's order to leave FDv2: FDv1 is used for as long as was ordered, or nothing when no source of it is configured.</summary>
/// <param name="fallback">The source of FDv1; null for none.</param>
/// <param name="status">What the chain says of itself.</param>
/// <param name="clock">The chain's time.</param>
/// <param name="logger">The log.</param>
internal sealed class FallbackOrder(SourceFactory? fallback, ChainStatus status, ChainClock clock, ILogger logger)
{
    /// <summary>Follows one order to its end.</summary>
    /// <returns>Whether FDv2 may be tried again; false when everything has ended.</returns>
    public async Task<bool> FollowAsync(FallbackDirective directive, SourceRunner runner, CancellationToken stop)
    {
        var until = directive.RetryAfter is { } retryAfter ? clock.Now + retryAfter : (TimeSpan?)null;
        if (directive.RetryAfter is { } time)
        {
            ChainLog.OrderedFor(logger, time);
        }
        else
        {
            ChainLog.OrderedForGood(logger);
        }

        if (fallback is null)
        {
            ChainLog.OrderedWithoutFallback(logger);
            status.LastFailure = new(DataSourceErrorKind.Unknown, null, "the service orders FDv1, and no source of it is configured");
        }
        else
        {
            await UseAsync(fallback, until, runner, stop).ConfigureAwait(false);
        }

        if (until is not { } end)
        {
            status.ReportOff();
            return false;
        }

        if (clock.Now < end)
        {
            // There is no source of FDv1, or it has ended: the rest of the time passes without a connection.
            status.ReportUnexpected(status.LastFailure!);
            await clock.WaitUntilAsync(end, stop).ConfigureAwait(false);
        }

        ChainLog.OrderExpired(logger);
        return true;
    }

    /// <summary>Uses the source of FDv1 until the time is over or the source has ended for good.</summary>
    private async Task UseAsync(SourceFactory source, TimeSpan? until, SourceRunner runner, CancellationToken stop)
    {
        var monitor = new ActiveSourceMonitor(status.Reporter, () => clock.Now, isTrial: false, isLastResort: true);
        var reason = await runner.UseAsync(
            source,
            monitor,
            (state, now) => state.End == SourceEnd.Off ? new(LeaveReason.Off, null)
                : now >= until ? new(LeaveReason.Recovery, null)
                : new(LeaveReason.None, until),
            stop).ConfigureAwait(false);
        if (reason == LeaveReason.Off)
        {
            status.LastFailure = monitor.Failure;
        }
    }
}
