using Halyard.Concurrency;

namespace Halyard.DataSystems.Sources;

/// <summary>The life of a source's one loop: started once, supervised, ended and awaited by disposal. Thread-safe.</summary>
/// <param name="supervisor">Keeps it running.</param>
/// <param name="name">The source's name.</param>
/// <param name="time">The clock.</param>
internal sealed class SourceLoop(Supervisor supervisor, string name, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long the loop may take to end, since foreign code runs in it; more than a chain gives each source.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _running;
    private bool _disposed;

    /// <summary>Starts the loop off the caller's thread; does nothing when it was started or disposed before.</summary>
    /// <param name="run">The loop; it begins again after a fault, with what it had.</param>
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
                _running = Task.Run(() => supervisor.RunAsync(run, _stop.Token));
            }
        }
    }

    /// <exception cref="TimeoutException">The loop does not end.</exception>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_lock)
        {
            _disposed = true;
            running = _running;
        }

        // Whatever a listener of the token ends with, the loop has ended.
        var ending = new Ending();
        await ending.StopAsync(name, _stop, running, Patience, time).ConfigureAwait(false);
        if (ending.Failure is TimeoutException)
        {
            ending.ThrowIfFailed();
        }
    }
}
