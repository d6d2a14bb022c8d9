using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Halyard;

/// <summary>Tells whether a client has flag data and how fresh it is. Thread-safe; sends no request, so that it is as fast as a read.</summary>
/// <param name="client">What is looked at.</param>
/// <param name="origin">The same, when it is no substitute.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="maximumAge">How old the data may be; null for no limit.</param>
/// <param name="grace">For how long an interrupted source counts as healthy.</param>
internal sealed class ClientHealthCheck(
    IHalyardClient client, Client? origin, TimeProvider timeProvider, TimeSpan? maximumAge, TimeSpan grace) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = client.DataSourceStatus.Current;
        var now = timeProvider.GetUtcNow();
        var age = status.AgeAt(now);
        var (health, description) = Judge(status, age, now);
        return Task.FromResult(new HealthCheckResult(
            health == HealthStatus.Unhealthy ? context.Registration.FailureStatus : health, description, null, Data(status, age)));
    }

    private (HealthStatus Health, string Description) Judge(DataSourceStatus status, TimeSpan? age, DateTimeOffset now)
    {
        var cause = status.LastError is { } error ? $" The last error: {error.Message}" : "";
        if (client.IsOffline)
        {
            return (HealthStatus.Healthy, "Offline by choice: defaults are served.");
        }

        if (!client.Initialized)
        {
            return (HealthStatus.Unhealthy, "No flag data has arrived: defaults are served." + cause);
        }

        return status.State switch
        {
            DataSourceState.Off => (HealthStatus.Unhealthy, "The source has ended for good: last known data is served." + cause),
            DataSourceState.Initializing => (HealthStatus.Degraded, "The source has not delivered yet: last known data is served." + cause),
            DataSourceState.Interrupted when now - status.StateSince < grace => (
                HealthStatus.Healthy,
                string.Create(CultureInfo.InvariantCulture, $"The source is interrupted since {(now - status.StateSince).TotalSeconds:F0} s, which counts after {grace.TotalSeconds:F0} s: last known data is served.{cause}")),
            DataSourceState.Interrupted => (HealthStatus.Degraded, "The source is interrupted: last known data is served." + cause),
            _ when age > maximumAge => (
                HealthStatus.Degraded,
                string.Create(CultureInfo.InvariantCulture, $"The data was confirmed {age.Value.TotalSeconds:F0} s ago; the limit is {maximumAge.Value.TotalSeconds:F0} s.")),
            _ => (HealthStatus.Healthy, "Flag data is up to date."),
        };
    }

    private Dictionary<string, object> Data(DataSourceStatus status, TimeSpan? age)
    {
        var data = new Dictionary<string, object>
        {
            ["state"] = status.State.ToString(),
            ["since"] = status.StateSince,
            ["source"] = client.DataSystemName,
            ["streamOpen"] = status.IsStreamOpen,
        };
        if (age is { } known)
        {
            data["ageSeconds"] = known.TotalSeconds;
        }

        if (status.Active is { } active)
        {
            data["activeSource"] = active.Name ?? "none";
            data["activeSince"] = active.Since;
            if (active is { PreviousName: { } previous, LeftBecause: { } because })
            {
                data["previousSource"] = previous;
                data["previousLeftBecause"] = because;
            }
        }

        // No reason to count as less than healthy: this process has its data; it is others that wait for theirs.
        if (origin?.WriteThroughStatus is { } writes)
        {
            data["writtenStore"] = writes.Store;
            data["writtenStoreDown"] = writes.StoreDown;
            data["pendingWrites"] = writes.Pending;
        }

        if (status.LastError is { } error)
        {
            data["lastError"] = error.Message;
        }

        if (origin?.Overrides is { Flags.Count: > 0 } or { Segments.Count: > 0 })
        {
            data["overriddenFlags"] = origin.Overrides.Flags.Count;
            data["overriddenSegments"] = origin.Overrides.Segments.Count;
        }

        if (origin?.Overrides.FileError is { } fault)
        {
            data["overridesError"] = fault;
        }

        return data;
    }
}
