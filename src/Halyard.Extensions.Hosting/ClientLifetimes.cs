using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Starts all registered clients before the host's other services, and ends them after those. Each has a life of its own:
/// they start and end at the same time, and what one of them does keeps no other waiting for more than itself.
/// </summary>
internal sealed class ClientLifetimes(IServiceProvider provider, IEnumerable<ClientRegistration> registrations, ILogger<ClientLifetime> logger) : IHostedLifecycleService
{
    private readonly List<ClientLifetime> _lives =
        [.. registrations.Where(static registration => registration.HasClient).Select(registration => new ClientLifetime(
            registration.ClientOf(provider), registration.Title, () => registration.Watch(provider, logger), logger))];

    public Task StartingAsync(CancellationToken cancellationToken) => Task.WhenAll(_lives.Select(life => life.StartAsync(cancellationToken)));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins to deliver the events that have happened, while the other services stop.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        foreach (var life in _lives)
        {
            life.Flush();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not left to the disposal of the services, which some hosts skip.
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.WhenAll(_lives.Select(life => life.EndAsync(cancellationToken)));
}
