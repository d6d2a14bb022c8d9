namespace Halyard;

/// <summary>The names under which Halyard tells of itself, to be given to whatever collects metrics and traces.</summary>
/// <example><code>
/// builder.Services.AddOpenTelemetry()
///     .WithMetrics(metrics => metrics.AddMeter(HalyardTelemetry.MeterName))
///     .WithTracing(tracing => tracing.AddSource(HalyardTelemetry.ActivitySourceName));
/// </code></example>
public static class HalyardTelemetry
{
    /// <summary>The meter of all of Halyard's instruments. Of several clients each measurement names its own (<c>halyard.client.name</c>).</summary>
    public const string MeterName = "Halyard";

    /// <summary>The source of activities: of evaluations, where <see cref="TracingHookOptions.CreateActivities"/> asks for them.</summary>
    public const string ActivitySourceName = "Halyard";
}
