using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Starts the client before the host's other services, so that they find flags, and ends it after them.</summary>
/// <remarks>
/// The end must not fail: what comes out of it ends the process with an error, after its work was done. The host's time
/// may be over before it begins, when a request did not end in time; the end then has a time of its own.
/// </remarks>
internal sealed partial class ClientLifetime(Client client, ILogger<ClientLifetime> logger) : IHostedLifecycleService
{
    /// <summary>How long the end may take after the host's time is over.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log(() => LogFailed(e));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins to deliver the events that have happened, while the other services stop.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        client.Flush();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not left to the disposal of the services, which some hosts skip.
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        var end = client.DisposeAsync().AsTask();
        try
        {
            await end.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndShortlyAsync(end).ConfigureAwait(false);
        }
    }

    private async Task EndShortlyAsync(Task end)
    {
        try
        {
            await end.WaitAsync(Grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log(() => LogCutShort(Grace.TotalSeconds, client.WriteThroughStatus?.Pending ?? 0));
        }
    }

    // The logger is the host's own. A host that cannot log is to start and to end all the same.
    private static void Log(Action line)
    {
        try
        {
            line();
        }
        catch (Exception)
        {
            // The place to tell of it is the one that fails.
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The feature-flag client could not start; the host goes on with last known data or defaults.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The feature-flag client did not end within {Seconds} s after the host's time was over; its last events and its last data may be lost, and {Items} items are not written to the store.")]
    private partial void LogCutShort(double seconds, int items);
}
