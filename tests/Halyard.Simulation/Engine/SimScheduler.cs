namespace Halyard.Simulation.Engine;

/// <summary>The one clock, and what is going to happen on it. Of what is due at the same moment the seed chooses the first.</summary>
internal sealed class SimScheduler(SimRandom random)
{
    private readonly PriorityQueue<SimEvent, (long Ticks, ulong Rank)> _events = new();

    /// <summary>The time since the simulation began.</summary>
    public TimeSpan Now { get; private set; }

    public SimEvent After(TimeSpan delay, string name, Action action) => At(Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), name, action);

    public SimEvent At(TimeSpan time, string name, Action action)
    {
        var what = new SimEvent(name, action);
        _events.Enqueue(what, ((time > Now ? time : Now).Ticks, random.Next()));
        return what;
    }

    /// <summary>Nothing happens for a while: the machine sleeps. What was due meanwhile is due when it wakes.</summary>
    public void Sleep(TimeSpan time) => Now += time;

    /// <summary>Moves the clock to the next event and gives it; null when there is none until the given time, to which the clock then is moved.</summary>
    public SimEvent? Next(TimeSpan until)
    {
        while (_events.TryPeek(out var what, out var when))
        {
            if (what.IsCancelled)
            {
                _events.Dequeue();
                continue;
            }

            if (when.Ticks > until.Ticks)
            {
                break;
            }

            _events.Dequeue();
            Now = Now.Ticks > when.Ticks ? Now : new(when.Ticks);
            return what;
        }

        Now = Now > until ? Now : until;
        return null;
    }
}
