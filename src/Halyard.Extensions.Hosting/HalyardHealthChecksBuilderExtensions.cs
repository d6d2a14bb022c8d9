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
    /// <param name="name">The check's name.</param>
    /// <param name="maximumAge">
    /// How long ago the source may have delivered or confirmed data last; null for no limit. A quiet stream confirms
    /// nothing: set it for polling, or where changes are frequent.
    /// </param>
    /// <param name="failureStatus">What to report in place of unhealthy; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by.</param>
    public static IHealthChecksBuilder AddHalyard(
        this IHealthChecksBuilder builder,
        string name = "halyard",
        TimeSpan? maximumAge = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (maximumAge is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(maximumAge));
        }

        return builder.Add(new(
            name,
            provider => new ClientHealthCheck(
                provider.GetRequiredService<Client>(), provider.GetRequiredService<IOptions<ClientOptions>>().Value.TimeProvider, maximumAge),
            failureStatus,
            tags));
    }
}
