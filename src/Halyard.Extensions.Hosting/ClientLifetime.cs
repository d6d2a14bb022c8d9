using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Starts the client before the host's other services, so that they find flags, and ends it after them.</summary>
internal sealed partial class ClientLifetime(Client client, ILogger<ClientLifetime> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not left to the disposal of the services, which some hosts skip.
    public Task StoppedAsync(CancellationToken cancellationToken) => client.DisposeAsync().AsTask().WaitAsync(cancellationToken);

    [LoggerMessage(1, LogLevel.Error, "The feature-flag client could not start; the host goes on with last known data or defaults.")]
    private partial void LogFailed(Exception exception);
}
