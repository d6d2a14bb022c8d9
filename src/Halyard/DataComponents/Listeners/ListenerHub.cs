using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.DataComponents.Listeners;

/// <summary>
/// An event whose publisher no listener can hold up or break: every handler and every enumeration has its own bounded
/// queue, emptied in order on the thread pool. Nothing runs while there is nothing to tell. Thread-safe; events arrive
/// in the order of the calls of <see cref="Publish"/>, so publishers that compete must agree on one.
/// </summary>
internal sealed class ListenerHub<T>
{
    /// <summary>How many events wait for one listener before further ones are merged.</summary>
    public const int DefaultLimit = 1024;

    private readonly Lock _changing = new();
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly Func<IBacklog<T>> _makeBacklog;
    private readonly int _limit;
    private volatile ListenerQueue<T>[] _listeners = [];
    private bool _completed;

    // Changed with Interlocked alone.
    private long _merged;

    /// <param name="name">The event's name, for logs.</param>
    /// <param name="makeBacklog">Makes what merges events for a listener that is far behind.</param>
    /// <param name="logger">Told of handlers that throw.</param>
    /// <param name="limit">How many events wait before they are merged.</param>
    public ListenerHub(string name, Func<IBacklog<T>> makeBacklog, ILogger? logger = null, int limit = DefaultLimit)
    {
        _name = name;
        _makeBacklog = makeBacklog;
        _logger = logger ?? NullLogger.Instance;
        _limit = limit;
    }

    public bool HasListeners => _listeners.Length != 0;

    /// <summary>How many events wait now, and how many were ever merged.</summary>
    public (int Waiting, long Merged) Load => (_listeners.Sum(static listener => listener.Waiting), Interlocked.Read(ref _merged));

    /// <summary>Adds a handler as an event does; after the end nothing is added.</summary>
    public void Add(Action<T>? handler)
    {
        if (handler is null)
        {
            return;
        }

        // Each of a combined delegate's handlers gets its own queue, so that one that throws does not skip the rest.
        foreach (var single in Delegate.EnumerateInvocationList(handler))
        {
            Register(new HandlerQueue(this, single));
        }
    }

    /// <summary>
    /// Removes the handler added last, as an event does. What waits for it is dropped; a call that is running ends
    /// in its own time.
    /// </summary>
    public void Remove(Action<T>? handler)
    {
        if (handler is null)
        {
            return;
        }

        foreach (var single in Delegate.EnumerateInvocationList(handler))
        {
            ListenerQueue<T>? found;
            lock (_changing)
            {
                found = _listeners.LastOrDefault(listener => listener is HandlerQueue queue && queue.Handler == single);
            }

            if (found is not null)
            {
                Unregister(found);
                found.Abandon();
            }
        }
    }

    /// <summary>Enumerates events from now on.</summary>
    public IAsyncEnumerator<T> Enumerate(CancellationToken cancellationToken)
    {
        var enumeration = new EnumerationQueue(this, cancellationToken);
        if (!Register(enumeration))
        {
            enumeration.Complete();
        }

        return enumeration;
    }

    /// <summary>Hands an event to every listener's queue. Runs no listener; nothing is allocated when there is none.</summary>
    public void Publish(T value)
    {
        foreach (var listener in _listeners)
        {
            listener.Offer(value);
        }
    }

    /// <summary>Ends the event: listeners get what waits for them, enumerations end, later events are dropped.</summary>
    public void Complete()
    {
        ListenerQueue<T>[] listeners;
        lock (_changing)
        {
            _completed = true;
            listeners = _listeners;
            _listeners = [];
        }

        foreach (var listener in listeners)
        {
            listener.Complete();
        }
    }

    private bool Register(ListenerQueue<T> listener)
    {
        lock (_changing)
        {
            if (!_completed)
            {
                _listeners = [.. _listeners, listener];
            }

            return !_completed;
        }
    }

    private void Unregister(ListenerQueue<T> listener)
    {
        lock (_changing)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }

    /// <summary>A handler, called on the thread pool while anything waits for it.</summary>
    private sealed class HandlerQueue(ListenerHub<T> pump, Action<T> handler)
        : ListenerQueue<T>(pump._limit, pump._makeBacklog), IThreadPoolWorkItem
    {
        private bool _running;
        private bool _failedBefore;

        public Action<T> Handler => handler;

        public void Execute()
        {
            while (true)
            {
                T? value;
                lock (Gate)
                {
                    if (!TryTake(out value))
                    {
                        _running = false;
                        return;
                    }
                }

                try
                {
                    handler(value);
                }
                catch (Exception e)
                {
                    if (!_failedBefore)
                    {
                        _failedBefore = true;
                        LogFailure(e);
                    }
                }
            }
        }

        protected override void OnMerge() => Interlocked.Increment(ref pump._merged);

        // The publisher's context does not flow: the handler is not part of the publisher's work.
        protected override void Wake()
        {
            if (!_running)
            {
                // In this order: a queue that could not be handed over is not to count as running for ever.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                _running = true;
            }
        }

        private void LogFailure(Exception e)
        {
            try
            {
                ListenerLog.HandlerFailed(pump._logger, e, pump._name);
            }
            catch (Exception)
            {
                // A logger that fails must not end the pump of the handler.
            }
        }
    }

    /// <summary>An enumeration; one consumer at a time.</summary>
    private sealed class EnumerationQueue(ListenerHub<T> pump, CancellationToken cancellationToken)
        : ListenerQueue<T>(pump._limit, pump._makeBacklog), IAsyncEnumerator<T>
    {
        private TaskCompletionSource? _wake;

        public T Current { get; private set; } = default!;

        protected override void OnMerge() => Interlocked.Increment(ref pump._merged);

        public async ValueTask<bool> MoveNextAsync()
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TaskCompletionSource wake;
                lock (Gate)
                {
                    if (TryTake(out var value))
                    {
                        Current = value;
                        return true;
                    }

                    if (Ended)
                    {
                        return false;
                    }

                    wake = _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                await wake.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public ValueTask DisposeAsync()
        {
            pump.Unregister(this);
            Abandon();
            return default;
        }

        protected override void Wake()
        {
            _wake?.TrySetResult();
            _wake = null;
        }
    }
}
