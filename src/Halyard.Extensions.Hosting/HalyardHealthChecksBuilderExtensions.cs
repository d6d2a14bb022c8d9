using Halyard;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the health check of a Halyard client.</summary>
public static class HalyardHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the registered <see cref="Client"/>. Healthy: its source is valid, or it is offline by choice.
    /// Degraded: last known data is served, or the data is older than the limit. Unhealthy: there is no data, or the
    /// source has ended for good. The data of the result are <c>state</c>, <c>since</c>, <c>source</c> and, where they
    /// are known, <c>ageSeconds</c> and <c>lastError</c>.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name; null for <c>halyard</c>, or <c>halyard-</c> and the client's name.</param>
    /// <param name="maximumAge">
    /// How long ago the source may have delivered or confirmed data last; null for no limit. A quiet stream confirms
    /// nothing: set it for polling, or where changes are frequent.
    /// </param>
    /// <param name="failureStatus">What to report in place of unhealthy; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by.</param>
    /// <param name="client">Which of several clients; null for the one without a name.</param>
    public static IHealthChecksBuilder AddHalyard(
        this IHealthChecksBuilder builder,
        string? name = null,
        TimeSpan? maximumAge = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        string? client = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (name is not null)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
        }

        if (client is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(client);
        }

        if (maximumAge is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(maximumAge));
        }

        return builder.Add(new(
            name ?? (client is null ? "halyard" : $"halyard-{client}"),
            provider => Check(provider, client ?? "", maximumAge),
            failureStatus,
            tags));
    }

    // Something may stand in for the client, and then there is neither a client nor options.
    private static ClientHealthCheck Check(IServiceProvider provider, string client, TimeSpan? maximumAge)
    {
        var isNamed = ClientRegistration.IsNamed(client);
        var origin = isNamed ? provider.GetKeyedService<Client>(client) : provider.GetService<Client>();
        var seen = origin ?? (isNamed ? provider.GetRequiredKeyedService<IHalyardClient>(client) : provider.GetRequiredService<IHalyardClient>());
        var clock = origin is null ? provider.GetService<TimeProvider>() : provider.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get(client).TimeProvider;
        return new(seen, origin, clock ?? TimeProvider.System, maximumAge);
    }
}
