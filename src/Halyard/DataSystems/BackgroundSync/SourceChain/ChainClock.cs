using Halyard.Concurrency;

namespace Halyard.DataSystems;

/// <summary>The time of a chain, counted from its start, and the waits in it.</summary>
/// <param name="time">The clock.</param>
internal sealed class ChainClock(TimeProvider time)
{
    /// <summary>How long a decision may take before it is made again.</summary>
    private static readonly TimeSpan ClockJump = TimeSpan.FromMilliseconds(500);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly long _began = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>Waits until the task ends or it is time to look again, which may be before: ask and decide anew then.</summary>
    /// <param name="changed">What ends the wait.</param>
    /// <param name="now">When the caller decided to wait.</param>
    /// <param name="lookAgain">When the wait is over at the latest; null for never.</param>
    /// <param name="stop">Ends the wait with an exception.</param>
    public async Task WaitAsync(Task changed, TimeSpan now, TimeSpan? lookAgain, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var left = TimerSpan.RoundedUp(lookAgain - now ?? Timeout.InfiniteTimeSpan);
        var wait = changed.WaitAsync(left, time, enough.Token);
        if (Now - now > ClockJump)
        {
            // The process was suspended between the decision and the wait: the time that has passed is not waited for again.
            await enough.CancelAsync().ConfigureAwait(false);
        }

        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until a time has come.</summary>
    public async Task WaitUntilAsync(TimeSpan until, CancellationToken stop)
    {
        while (Now is var now && now < until)
        {
            await WaitAsync(Never, now, until, stop).ConfigureAwait(false);
        }
    }
}
