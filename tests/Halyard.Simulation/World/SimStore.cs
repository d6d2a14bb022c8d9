using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>A persistent store that several processes use, and what is wrong with it.</summary>
internal sealed class SimStore(SimScheduler scheduler, SimRandom random, bool isTransactional)
{
    private readonly List<StoreFault> _faults = [];

    public StoreData Data { get; } = new(scheduler);

    /// <summary>Whether a whole data set is written in one step.</summary>
    public bool IsTransactional => isTransactional;

    /// <summary>When it was last at fault.</summary>
    public TimeSpan LastFault { get; private set; } = TimeSpan.MinValue;

    private StoreFault Fault => _faults.Count > 0 ? _faults[^1] : StoreFault.None;

    public void Begin(StoreFault fault) => _faults.Add(fault);

    public void End(StoreFault fault)
    {
        _faults.Remove(fault);
        LastFault = scheduler.Now;
    }

    public void Heal()
    {
        if (_faults.Count > 0)
        {
            _faults.Clear();
            LastFault = scheduler.Now;
        }
    }

    /// <summary>Notes that a reader may have seen what the store holds no longer, or not yet.</summary>
    public void NoteFault() => LastFault = scheduler.Now;

    public bool IsHealthySince(TimeSpan time) => _faults.Count == 0 && LastFault < time;

    /// <summary>Does something in the store, with a way there and a way back.</summary>
    public async Task<T> RunAsync<T>(ProcessTime caller, string what, bool writes, Func<T> action, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        After($"store {what}", () =>
        {
            var fault = Fault;
            var fails = fault == StoreFault.Down || (fault == StoreFault.Demoted && writes) || (fault == StoreFault.Flaky && random.Chance(0.3));
            // What was given up before it arrived is not done: it would come after what was written since.
            if (fault == StoreFault.Hangs || !caller.IsAlive || cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (fails)
            {
                After($"store refuses {what}", () => done.TrySetException(new IOException($"The store is {fault}.")));
                return;
            }

            var result = action();
            var isLost = fault == StoreFault.Flaky && random.Chance(0.2);
            After($"store answers {what}", () => _ = !caller.IsAlive ? false : isLost ? done.TrySetException(new IOException("The answer was lost.")) : done.TrySetResult(result));
        });
        return await done.Task.WaitAsync(cancellationToken);
    }

    private void After(string name, Action action) => scheduler.After(
        Fault == StoreFault.Slow ? random.Seconds(0.1, 8) : random.Milliseconds(0.2, 5), name, action);
}
