namespace Halyard.Interleaving.Engine;

/// <summary>
/// One run of a scenario: its threads are real ones, of which one runs at a time, and at each step (a lock, an interlocked
/// operation, a volatile access) a chooser says which goes on. Plain accesses between two steps are one step with what
/// follows them.
/// </summary>
internal sealed class Schedule
{
    // A run with so many steps goes round in circles.
    private const int MostSteps = 5_000;

    /// <summary>
    /// The machine's time that a run may take, which is less than a millisecond as a rule. One that lasts so long has a thread
    /// that waits, or goes round, where the schedule does not see it.
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [ThreadStatic]
    private static Actor? _current;

    private readonly IChooser _chooser;
    private readonly List<Actor> _actors = [];
    private readonly List<string> _trace = [];
    private readonly SemaphoreSlim _over = new(0);
    private int _steps;
    private int _onThreads;
    private volatile string _turn = "nobody";
    private Exception? _failure;

    private Schedule(IChooser chooser) => _chooser = chooser;

    /// <summary>The thread that runs; null outside of a run.</summary>
    public static Actor? Current => _current;

    /// <summary>Runs threads to their end.</summary>
    /// <returns>What went wrong, and the steps; null when nothing did.</returns>
    /// <exception cref="TimeoutException">The threads do not come to an end.</exception>
    public static (Exception? Failure, IReadOnlyList<string> Trace) Run(IChooser chooser, IReadOnlyList<(string Name, Action Work)> threads, TimeSpan limit)
    {
        var run = new Schedule(chooser);
        foreach (var (name, work) in threads)
        {
            run.Add(name, work);
        }

        run.Next(null)?.Turn.Release();
        if (!run._over.Wait(limit))
        {
            // Its threads are left behind.
            throw new TimeoutException($"a run has not ended in {limit.TotalSeconds:0.#} s: {run._turn} waits, or goes round, where the schedule does not see it");
        }

        return (run._failure, run._trace);
    }

    /// <summary>A step: another thread may come before it.</summary>
    public static void Point(string what)
    {
        if (_current is { } actor)
        {
            actor.Run.Step(actor, what);
        }
    }

    /// <summary>The current thread cannot go on before the lock is free.</summary>
    public static void WaitFor(Lock held)
    {
        var actor = _current!;
        actor.WaitsFor = held;
        actor.Run.Step(actor, "waits");
        actor.WaitsFor = null;
    }

    /// <summary>Begins a further thread, whose turn may come at the next step.</summary>
    public static void Start(string name, Action work) =>
        (_current ?? throw new InvalidOperationException("A thread is begun outside of a run.")).Run.Add(name, work);

    private void Add(string name, Action work)
    {
        var actor = new Actor(this, $"{name}{_actors.Count}", work);
        _actors.Add(actor);
        _onThreads++;
        _ = Task.Factory.StartNew(() => Run(actor), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
    }

    private void Run(Actor actor)
    {
        actor.Turn.Wait();
        _turn = actor.Name;
        _current = actor;
        try
        {
            if (_failure is null)
            {
                actor.Work();
            }
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
        finally
        {
            _current = null;
        }

        actor.IsDone = true;
        var next = Next(null);
        if (--_onThreads == 0)
        {
            _over.Release();
        }
        else if (next is not null)
        {
            next.Turn.Release();
        }
        else
        {
            // Whoever is left waits for what never comes: they are sent home one by one.
            _failure ??= new InterleavingException($"deadlock: {string.Join(", ", _actors.Where(static other => !other.IsDone).Select(static other => other.Name))}");
            _actors.First(static other => !other.IsDone).Turn.Release();
        }
    }

    private void Step(Actor actor, string what)
    {
        ThrowIfOver();
        if (++_steps > MostSteps)
        {
            throw Failed("it goes round in circles");
        }

        var next = Next(actor);
        if (next is null)
        {
            throw Failed($"deadlock: {actor.Name} {what}");
        }

        if (next != actor)
        {
            _trace.Add($"{actor.Name} before {what}: {next.Name}");
            next.Turn.Release();
            actor.Turn.Wait();
            _turn = actor.Name;
            ThrowIfOver();
        }
    }

    // Noted here, since the product may take what is thrown for a fault of its caller's.
    private InterleavingException Failed(string how)
    {
        var failure = new InterleavingException(how);
        _failure ??= failure;
        return failure;
    }

    private void ThrowIfOver()
    {
        if (_failure is not null)
        {
            throw new InterleavingException("the run is over");
        }
    }

    private Actor? Next(Actor? current)
    {
        if (_failure is not null)
        {
            return _actors.FirstOrDefault(actor => !actor.IsDone && actor != current);
        }

        var able = _actors.Where(actor => actor != current && actor.CanRun).ToList();
        var canGoOn = current is { CanRun: true };
        if (canGoOn)
        {
            able.Insert(0, current!);
        }

        return able.Count switch
        {
            0 => null,
            1 => able[0],
            _ => able[_chooser.Choose(able.Count, canGoOn)],
        };
    }
}
