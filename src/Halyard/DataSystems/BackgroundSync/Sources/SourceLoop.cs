using Halyard.Concurrency;

namespace Halyard.DataSystems.Sources;

/// <summary>The life of a source's one loop: started once, ended and awaited by disposal. Thread-safe.</summary>
internal sealed class SourceLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _running;
    private bool _disposed;

    /// <summary>Starts the loop off the caller's thread; does nothing when it was started or disposed before.</summary>
    public void Start(Func<CancellationToken, Task> run)
    {
        lock (_lock)
        {
            if (_running is not null || _disposed)
            {
                return;
            }

            // The loop outlives the caller: it must not carry the caller's activity and other ambient state along.
            using (ExecutionContext.SuppressFlow())
            {
                _running = Task.Run(() => run(_stop.Token));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_lock)
        {
            _disposed = true;
            running = _running;
        }

        // Whatever the loop or a listener of its token ends with, it has ended.
        await new Ending().StopAsync(_stop, running).ConfigureAwait(false);
    }
}
