using System.Runtime.ExceptionServices;

namespace Halyard.Concurrency;

/// <summary>
/// The end of something that has several parts: each part ends whatever became of those before it, and the first failure
/// is kept for whoever wants it. Not thread-safe.
/// </summary>
internal sealed class Ending
{
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

    /// <summary>Waits for a task, and cancels its source before; a source whose listeners throw is cancelled all the same.</summary>
    public async ValueTask StopAsync(CancellationTokenSource source, Task? running)
    {
        await StepAsync(() => new(source.CancelAsync())).ConfigureAwait(false);
        if (running is not null)
        {
            await StepAsync(() => new(running)).ConfigureAwait(false);
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
