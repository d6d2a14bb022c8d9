using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Halyard;

/// <summary>Tells whether a client has ended for good, which nothing but a new start of the process mends. Thread-safe; sends no request.</summary>
internal sealed class ClientLiveness(IHalyardClient client) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = client.DataSourceStatus.Current;
        if (client.IsOffline || status.State != DataSourceState.Off)
        {
            return Task.FromResult(HealthCheckResult.Healthy("The client lives."));
        }

        var cause = status.LastError is { } error ? $" The last error: {error.Message}" : "";
        return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The client has ended for good." + cause));
    }
}
