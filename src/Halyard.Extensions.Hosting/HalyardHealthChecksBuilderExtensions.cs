using Halyard;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers health checks of Halyard clients.</summary>
public static class HalyardHealthChecksBuilderExtensions
{
    /// <summary>The tag of checks that tell whether the process can do its work.</summary>
    private const string Ready = "ready";

    /// <summary>The tag of checks that tell whether the process is to be started anew.</summary>
    private const string Live = "live";

    // A reconnect takes seconds, and at most as long as the longest delay of a stream.
    private static readonly TimeSpan UsualGrace = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds a check of readiness: whether the registered client has flags to serve. Healthy: its source is valid, or it is offline by
    /// choice, or a reconnect has just begun. Degraded: last known data is served, or the data is older than the limit. Unhealthy: there is no
    /// data, or the source has ended for good. The data of the result are <c>state</c>, <c>since</c>, <c>source</c>, <c>streamOpen</c> and, where they
    /// are known, <c>ageSeconds</c> (zero while an open stream keeps the data in step) and <c>lastError</c>, among others.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name; null for <c>halyard</c>, or <c>halyard-</c> and the client's name.</param>
    /// <param name="maximumAge">
    /// How long ago the source may have delivered or confirmed data last; null for no limit. A quiet stream that is open has no age.
    /// </param>
    /// <param name="failureStatus">What to report in place of unhealthy; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by; null for <c>ready</c>.</param>
    /// <param name="client">Which of several clients; null for the one without a name.</param>
    /// <param name="grace">For how long an interruption counts as healthy; null for 30 seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive, or the grace is negative.</exception>
    public static IHealthChecksBuilder AddHalyard(
        this IHealthChecksBuilder builder,
        string? name = null,
        TimeSpan? maximumAge = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        string? client = null,
        TimeSpan? grace = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThan(grace ?? UsualGrace, TimeSpan.Zero, nameof(grace));
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
            provider => Check(provider, client ?? "", maximumAge, grace ?? UsualGrace),
            failureStatus,
            tags ?? [Ready]));
    }

    /// <summary>
    /// Adds a check of liveness: unhealthy once the client has ended for good while the host runs on, which nothing but a new start of the
    /// process mends. A service that is away, and data that is old, is no reason to start anew, and makes it no worse than healthy. A key that the
    /// service refuses ends a client only where <see cref="UnexpectedStatusPolicy.Stop"/> says so; leave this check out there.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name; null for <c>halyard-live</c>, or <c>halyard-</c>, the client's name and <c>-live</c>.</param>
    /// <param name="failureStatus">What to report in place of unhealthy; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by; null for <c>live</c>.</param>
    /// <param name="client">Which of several clients; null for the one without a name.</param>
    public static IHealthChecksBuilder AddHalyardLiveness(
        this IHealthChecksBuilder builder,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        string? client = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (client is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(client);
        }

        return builder.Add(new(
            name ?? (client is null ? "halyard-live" : $"halyard-{client}-live"),
            provider => new ClientLiveness(Seen(provider, client ?? "")),
            failureStatus,
            tags ?? [Live]));
    }

    // Something may stand in for the client, and then there is neither a client nor options.
    private static ClientHealthCheck Check(IServiceProvider provider, string client, TimeSpan? maximumAge, TimeSpan grace)
    {
        var origin = Origin(provider, client);
        var clock = origin is null ? provider.GetService<TimeProvider>() : provider.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get(client).TimeProvider;
        return new(Seen(provider, client), origin, clock ?? TimeProvider.System, maximumAge, grace);
    }

    private static Client? Origin(IServiceProvider provider, string client) =>
        ClientRegistration.IsNamed(client) ? provider.GetKeyedService<Client>(client) : provider.GetService<Client>();

    private static IHalyardClient Seen(IServiceProvider provider, string client) => Origin(provider, client)
        ?? (ClientRegistration.IsNamed(client) ? provider.GetRequiredKeyedService<IHalyardClient>(client) : provider.GetRequiredService<IHalyardClient>());
}
