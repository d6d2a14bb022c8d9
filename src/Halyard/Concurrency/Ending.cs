using System.Runtime.ExceptionServices;

namespace Halyard.Concurrency;

/// <summary>
/// The end of something that has several parts: each part ends whatever became of those before it, and the first failure
/// is kept for whoever wants it. Not thread-safe.
/// </summary>
internal sealed class Ending
{
    /// <summary>How long a part that is, or runs, foreign code may take to end before the rest ends without it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The first failure; null for none.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Ends a part; null is a part that was never made.</summary>
    public ValueTask StepAsync(IAsyncDisposable? part) => part is null ? default : StepAsync(part.DisposeAsync);

    /// <summary>Does a step of the end.</summary>
    public async ValueTask StepAsync(Func<ValueTask> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failure ??= e;
        }
    }

    /// <summary>
    /// Does a step that runs foreign code: away from the caller's thread, which it may block, and waited for no longer than
    /// the limit. A step that takes longer goes on alone.
    /// </summary>
    /// <param name="what">What ends, for people.</param>
    /// <param name="step">The step.</param>
    /// <param name="limit">How long to wait for it.</param>
    /// <param name="time">The clock; when it fails, the machine's takes its place.</param>
    public ValueTask StepAsync(string what, Func<ValueTask> step, TimeSpan limit, TimeProvider time) =>
        StepAsync(() => new(WithinAsync(what, Task.Run(() => step().AsTask()), limit, time)));

    /// <summary>Waits for a task, no longer than the limit.</summary>
    /// <exception cref="TimeoutException">It takes longer.</exception>
    public static async Task WithinAsync(string what, Task running, TimeSpan limit, TimeProvider time)
    {
        if (!running.IsCompleted)
        {
            using var ended = new CancellationTokenSource();
            await Task.WhenAny(running, Delay(limit, time, ended.Token)).ConfigureAwait(false);

            // The timer is gone before anybody goes on.
            await ended.CancelAsync().ConfigureAwait(false);
        }

        if (!running.IsCompleted)
        {
            Unwaited.Observe(running);
            throw new TimeoutException($"{what} did not end within {limit.TotalSeconds:0.###} s");
        }

        await running.ConfigureAwait(false);
    }

    private static Task Delay(TimeSpan limit, TimeProvider time, CancellationToken ended)
    {
        try
        {
            return Task.Delay(limit, time, ended);
        }
        catch (Exception)
        {
            return Task.Delay(limit, TimeProvider.System, ended);
        }
    }

    /// <summary>Does a step of the end that needs no wait.</summary>
    public void Step(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            Failure ??= e;
        }
    }

    /// <summary>
    /// Waits for a task, and cancels its source before; a source whose listeners throw is cancelled all the same. Foreign
    /// code listens or runs, so that neither is waited for longer than the limit.
    /// </summary>
    /// <param name="what">What ends, for people.</param>
    /// <param name="source">What is cancelled.</param>
    /// <param name="running">What is waited for; null for nothing.</param>
    /// <param name="limit">How long to wait for each.</param>
    /// <param name="time">The clock.</param>
    public async ValueTask StopAsync(string what, CancellationTokenSource source, Task? running, TimeSpan limit, TimeProvider time)
    {
        await StepAsync(() => new(WithinAsync(what, source.CancelAsync(), limit, time))).ConfigureAwait(false);
        if (running is not null)
        {
            await StepAsync(() => new(WithinAsync(what, running, limit, time))).ConfigureAwait(false);
        }
    }

    /// <summary>Throws the first failure, with the place where it came from.</summary>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            ExceptionDispatchInfo.Throw(Failure);
        }
    }
}
