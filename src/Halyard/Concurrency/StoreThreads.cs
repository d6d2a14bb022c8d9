namespace Halyard.Concurrency;

/// <summary>
/// A few threads of their own on which requests to the store start for callers that cannot await. A caller blocks its
/// own thread, which may be one of the thread pool, or the only one of a synchronization context; the request must need
/// neither to get on. As a synchronization context of these threads it also takes the continuations of readers that
/// capture one. Threads are started when needed and end when idle.
/// </summary>
internal sealed class StoreThreads : SynchronizationContext, IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    // A plain object: threads wait on it.
    private readonly object _gate = new();
    private readonly Queue<(SendOrPostCallback Work, object? State)> _work = new();
    private readonly string _name;
    private readonly int _maxThreads;
    private int _threads;
    private int _busy;
    private bool _disposed;

    /// <param name="name">The threads' name.</param>
    /// <param name="maxThreads">How many threads at most: more than one, so that a reader that blocks does not hold up the others.</param>
    public StoreThreads(string name, int maxThreads = 4)
    {
        _name = name;
        _maxThreads = maxThreads;
    }

    /// <summary>Queues work; after disposal it goes to the thread pool, so that nothing is lost.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _work.Enqueue((d, state));
                if (_work.Count > _threads - _busy && _threads < _maxThreads)
                {
                    _threads++;
                    new Thread(Run) { IsBackground = true, Name = _name }.UnsafeStart();
                }
                else
                {
                    Monitor.Pulse(_gate);
                }

                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static work => work.d(work.state), (d, state), preferLocal: false);
    }

    /// <summary>Runs the work on the calling thread: these threads have no state of their own that it could need.</summary>
    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Lets the threads end when they have done what is queued.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        while (true)
        {
            (SendOrPostCallback Work, object? State) item;
            lock (_gate)
            {
                while (!_work.TryDequeue(out item))
                {
                    if (_disposed || (!Monitor.Wait(_gate, IdleTime) && _work.Count == 0))
                    {
                        _threads--;
                        return;
                    }
                }

                _busy++;
            }

            try
            {
                item.Work(item.State);
            }
            catch (Exception)
            {
                // Work reports its own failures; one that does not must not end the process.
            }
            finally
            {
                lock (_gate)
                {
                    _busy--;
                }
            }
        }
    }
}
