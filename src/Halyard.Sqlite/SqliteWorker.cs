using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;

namespace Halyard;

/// <summary>
/// A thread with a connection of its own. SQLite blocks the thread that calls it, for microseconds as a rule and for
/// seconds when the file is locked: neither is for a caller's thread or for the thread pool. After an error the
/// connection is opened anew, so that a mended or replaced file is found.
/// </summary>
internal sealed class SqliteWorker : IAsyncDisposable
{
    // An object and not a Lock, because the thread waits on it by Monitor.Wait.
    private readonly object _gate = new();
    private readonly Queue<Job> _jobs = new();
    private readonly SqliteSettings _settings;
    private readonly bool _writes;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Used by the worker's thread alone.
    private SqliteSession? _session;

    // Guarded by _gate; the thread is also compared without.
    private Thread? _thread;
    private bool _disposed;

    public SqliteWorker(SqliteSettings settings, bool writes)
    {
        _settings = settings;
        _writes = writes;
    }

    /// <summary>Runs the work and blocks the caller until it is done, at most for the given time.</summary>
    /// <exception cref="TimeoutException">The time is over; work that has not begun is not done any more.</exception>
    public T Run<T>(Func<SqliteSession, T> work, TimeSpan limit)
    {
        // Whoever awaited a read goes on here, and would wait for itself.
        if (Thread.CurrentThread == Volatile.Read(ref _thread))
        {
            return Work(work);
        }

        var job = Enqueue(work, CancellationToken.None);
        var task = job.Task;
        try
        {
            if (task.Wait(limit))
            {
                return task.GetAwaiter().GetResult();
            }
        }
        catch (AggregateException e) when (e.InnerException is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // Otherwise what nobody waits for would hold up those who come next.
        job.GiveUp();
        _ = task.ContinueWith(
            static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        throw new TimeoutException($"The SQLite file '{_settings.Path}' was not read within {limit.TotalSeconds:0.###} s.");
    }

    public ValueTask<T> RunAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested
        ? ValueTask.FromCanceled<T>(cancellationToken)
        : new(Enqueue(work, cancellationToken).Task);

    /// <summary>Finishes what is queued and closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                if (_thread is null)
                {
                    _ended.SetResult();
                }

                Monitor.Pulse(_gate);
            }
        }

        return new(_ended.Task);
    }

    private Job<T> Enqueue<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        // A read's continuation runs on this thread: it must not depend on a free thread of the pool, all of which may
        // be waiting for it. Nothing waits like that for a write.
        var job = new Job<T>(work, _writes, cancellationToken);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteStore));
            if (_thread is null)
            {
                // In this order: when no thread is to be had, this job fails, and the next one tries again.
                var thread = new Thread(Run) { IsBackground = true, Name = _writes ? "halyard-sqlite-writer" : "halyard-sqlite-reader" };
                thread.UnsafeStart();
                _thread = thread;
            }

            _jobs.Enqueue(job);

            Monitor.Pulse(_gate);
        }

        return job;
    }

    private void Run()
    {
        while (Next() is { } job)
        {
            job.Run(this);
        }

        Close();
        _ended.SetResult();
    }

    private Job? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_jobs.TryDequeue(out var job))
                {
                    return job;
                }

                if (_disposed)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private T Work<T>(Func<SqliteSession, T> work)
    {
        try
        {
            if (_session is { IsCurrent: false })
            {
                Close();
            }

            return work(_session ??= SqliteSession.Open(_settings, _writes));
        }
        catch (SqliteException e)
        {
            Close();
            throw new IOException(Describe(e), e);
        }
        catch (UnauthorizedAccessException e)
        {
            Close();
            throw new IOException($"The SQLite file '{_settings.Path}' is read-only for this user, or not for this user at all: {e.Message}", e);
        }
        catch
        {
            Close();
            throw;
        }
    }

    private void Close()
    {
        try
        {
            _session?.Dispose();
        }
        catch (Exception)
        {
            // It failed already; the file stays as it is. An exception here would end the thread, and the process with it.
        }

        _session = null;
    }

    // The result codes of https://www.sqlite.org/rescode.html.
    private string Describe(SqliteException e) => $"The SQLite file '{_settings.Path}' " + e.SqliteErrorCode switch
    {
        5 or 6 => $"is locked by another process, for more than {_settings.BusyTimeout.TotalSeconds:0.#} s.",
        8 => "is read-only.",
        11 => $"is corrupt: {e.Message}",
        13 => "cannot grow: the disk is full.",
        14 => $"cannot be opened; is its folder read-only? {e.Message}",
        26 => "is not an SQLite database.",
        _ => $"failed: {e.Message}",
    };

    private abstract class Job
    {
        public abstract void Run(SqliteWorker worker);
    }

    private sealed class Job<T>(Func<SqliteSession, T> work, bool continuesElsewhere, CancellationToken cancellationToken) : Job
    {
        private readonly TaskCompletionSource<T> _done =
            new(continuesElsewhere ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

        private volatile bool _isGivenUp;

        public Task<T> Task => _done.Task;

        /// <summary>Has the work left undone, unless it has begun.</summary>
        public void GiveUp() => _isGivenUp = true;

        public override void Run(SqliteWorker worker)
        {
            if (_isGivenUp)
            {
                _done.TrySetCanceled(CancellationToken.None);
                return;
            }

            if (cancellationToken.IsCancellationRequested)
            {
                _done.TrySetCanceled(cancellationToken);
                return;
            }

            T result;
            try
            {
                result = worker.Work(work);
            }
            catch (Exception e)
            {
                _done.TrySetException(e);
                return;
            }

            _done.TrySetResult(result);
        }
    }
}
