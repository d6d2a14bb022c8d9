namespace Halyard.Concurrency;

/// <summary>
/// A few threads on which requests start for callers that cannot await. Such a caller blocks its own thread, which may
/// belong to the thread pool, or be the only one of a synchronization context; so the request must be able to finish
/// without either. This is also the synchronization context of its threads: a request that captures its context
/// continues here. A thread is started when there is more work than idle threads, and ends after ten idle seconds.
/// Work may block its thread; what does so for too long is made up for by <see cref="Relieve"/>.
/// Thread-safe.
/// </summary>
internal sealed class StoreThreads : SynchronizationContext, IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    // For so many threads that do not come back there are others.
    private const int MostReplaced = 12;

    private readonly string _name;
    private readonly int _maxThreads;

    // A plain object and not a Lock, because threads wait on it with Monitor.Wait. It guards all fields below.
    private readonly object _gate = new();
    private readonly Queue<(SendOrPostCallback Work, object? State)> _work = new();
    private int _threads;
    private int _busy;
    private bool _disposed;

    /// <param name="name">The threads' name.</param>
    /// <param name="maxThreads">The largest number of threads; more than one, so that a request that blocks its thread does not hold up the others.</param>
    public StoreThreads(string name, int maxThreads = 4)
    {
        _name = name;
        _maxThreads = maxThreads;
    }

    /// <summary>Queues work; after disposal, or when no thread is to be had, it goes to the thread pool, so that nothing is lost.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                if (_work.Count + 1 <= _threads - _busy || _threads >= _maxThreads || TryStartThread())
                {
                    _work.Enqueue((d, state));
                    Monitor.Pulse(_gate);
                    return;
                }
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static work => work.d(work.state), (d, state), preferLocal: false);
    }

    /// <summary>Runs the work on the calling thread: the threads here hold no state that the work could need.</summary>
    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts a further thread if work waits and all threads are busy: some of them may never come back.</summary>
    public void Relieve()
    {
        lock (_gate)
        {
            if (!_disposed && _work.Count > _threads - _busy && _threads < _maxThreads + MostReplaced)
            {
                TryStartThread();
            }
        }
    }

    /// <summary>Lets the threads end when they have done what is queued.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    // Within the lock, which the new thread takes first.
    private bool TryStartThread()
    {
        try
        {
            new Thread(Run) { IsBackground = true, Name = _name }.UnsafeStart();
            _threads++;
            return true;
        }
        catch (Exception)
        {
            return false;
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
                // Work reports its own failures. A failure that it does not report must not end the process.
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
