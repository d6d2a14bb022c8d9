using Halyard.Lives.Plan;

namespace Halyard.Lives.Foreign;

/// <summary>What the application's own parts of a life do wrong, and when they let go. Thread-safe.</summary>
internal sealed class Part(LifePlan plan, ulong number)
{
    private readonly ManualResetEventSlim _over = new();
    private readonly TaskCompletionSource _overTask = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private int _tied;

    public Dice Dice { get; } = new(plan.Number, number);

    /// <summary>How many were opened and not told to end.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many calls have not come back.</summary>
    public int Tied => Volatile.Read(ref _tied);

    public IOException Failure(string what) => new($"life {plan.Number}: {what} fails");

    public void Opened(string what)
    {
        if (plan.CannotBeMade && what == "store")
        {
            throw Failure("the making of the store");
        }

        Interlocked.Increment(ref _open);
    }

    /// <summary>Lets go of everybody who waits.</summary>
    public void Release()
    {
        _over.Set();
        _overTask.TrySetResult();
    }

    /// <summary>A call, right or at fault.</summary>
    public ValueTask CallAsync(string what, CancellationToken cancellationToken) =>
        DoAsync(what, Dice.Chance(plan.Health) ? PartFault.None : Dice.Pick(Enum.GetValues<PartFault>()), isEnd: false, cancellationToken);

    /// <summary>A call of a caller that blocks; limits are of a clock that is a hundred times as fast.</summary>
    public void Call(string what, TimeSpan limit)
    {
        if (Dice.Chance(plan.Health))
        {
            return;
        }

        if (Dice.Chance(0.3))
        {
            _over.Wait(limit / 100);
        }

        throw Failure(what);
    }

    public ValueTask EndAsync(string what)
    {
        Interlocked.Decrement(ref _open);
        return DoAsync($"the end of the {what}", plan.PartEnd, isEnd: true, CancellationToken.None);
    }

    public void Block() => _over.Wait();

    private ValueTask DoAsync(string what, PartFault fault, bool isEnd, CancellationToken cancellationToken)
    {
        if (fault == PartFault.ThrowsAtOnce)
        {
            throw Failure(what);
        }

        if (fault == PartFault.Blocks)
        {
            // A client cannot take a thread away from who does not give it back: calls give it back after a while, and ends in the end.
            Interlocked.Increment(ref _tied);
            _over.Wait(isEnd ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Dice.Below(50)), CancellationToken.None);
            Interlocked.Decrement(ref _tied);
            return default;
        }

        return fault == PartFault.None ? default : new(FaultAsync(what, fault, cancellationToken));
    }

    private async Task FaultAsync(string what, PartFault fault, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _tied);
        try
        {
            await Task.Yield();
            switch (fault)
            {
                case PartFault.IsCancelled:
                    throw new OperationCanceledException();
                case PartFault.Hangs:
                    await _overTask.Task.WaitAsync(cancellationToken);
                    break;
                case PartFault.BreaksAsItIsCancelled:
                    await _overTask.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case PartFault.NeverEnds:
                    await _overTask.Task;
                    break;
            }

            throw Failure(what);
        }
        finally
        {
            Interlocked.Decrement(ref _tied);
        }
    }
}
