using System.Diagnostics.CodeAnalysis;

namespace Halyard.DataComponents.Listeners;

/// <summary>
/// One listener's waiting events, in order and bounded: beyond the limit the newest are merged into one last event.
/// Thread-safe.
/// </summary>
internal abstract class ListenerQueue<T>(int limit, Func<IBacklog<T>> makeBacklog)
{
    private readonly Queue<T> _waiting = new();
    private IBacklog<T>? _merged;
    private bool _ended;

    protected Lock Gate { get; } = new();

    /// <summary>Whether no event will follow those that wait. Read under <see cref="Gate"/>.</summary>
    protected bool Ended => _ended;

    /// <summary>How many events wait; those that were merged are one.</summary>
    public int Waiting
    {
        get
        {
            lock (Gate)
            {
                return _waiting.Count + (_merged is null ? 0 : 1);
            }
        }
    }

    /// <summary>Adds an event. Never blocks on the listener, never throws because of it.</summary>
    public void Offer(T value)
    {
        lock (Gate)
        {
            if (_ended)
            {
                return;
            }

            if (_merged is not null)
            {
                OnMerge();
                _merged.Add(value);
            }
            else if (_waiting.Count < limit)
            {
                _waiting.Enqueue(value);
            }
            else
            {
                OnMerge();
                _merged = makeBacklog();
                _merged.Add(value);
            }

            Wake();
        }
    }

    /// <summary>Ends the queue: the listener still gets what waits, and nothing after it.</summary>
    public void Complete()
    {
        lock (Gate)
        {
            _ended = true;
            Wake();
        }
    }

    /// <summary>Drops what waits; the listener gets nothing more.</summary>
    public void Abandon()
    {
        lock (Gate)
        {
            _ended = true;
            _waiting.Clear();
            _merged = null;
            Wake();
        }
    }

    /// <summary>Wakes the listener. Called under <see cref="Gate"/>; must not run the listener.</summary>
    protected abstract void Wake();

    /// <summary>An event finds no place of its own. Called under <see cref="Gate"/>.</summary>
    protected abstract void OnMerge();

    /// <summary>Takes the oldest event. Called under <see cref="Gate"/>.</summary>
    protected bool TryTake([MaybeNullWhen(false)] out T value)
    {
        if (_waiting.TryDequeue(out value))
        {
            return true;
        }

        if (_merged is null)
        {
            return false;
        }

        value = _merged.Take();
        _merged = null;
        return true;
    }
}
