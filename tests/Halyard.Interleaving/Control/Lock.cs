using Halyard.Interleaving.Engine;

// The compiler takes this for the platform's type of the same name.
namespace System.Threading;

/// <summary>A lock whose waits the schedule knows of.</summary>
internal sealed class Lock
{
    private Actor? _owner;
    private int _depth;

    /// <summary>Whether nobody holds it.</summary>
    public bool IsFree => _owner is null;

    public Scope EnterScope()
    {
        Enter();
        return new(this);
    }

    public void Enter()
    {
        if (Schedule.Current is not { } actor)
        {
            return;
        }

        Schedule.Point("lock");
        while (_owner is not null && _owner != actor)
        {
            Schedule.WaitFor(this);
        }

        _owner = actor;
        _depth++;
    }

    public void Exit()
    {
        if (Schedule.Current is not null && --_depth == 0)
        {
            _owner = null;
        }
    }

    public readonly ref struct Scope(Lock held)
    {
        public void Dispose() => held.Exit();
    }
}
