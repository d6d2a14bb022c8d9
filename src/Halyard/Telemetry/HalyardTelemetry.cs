using System.Diagnostics;

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

    /// <summary>The <see cref="DiagnosticListener"/> of what happens to clients. While nobody listens, it costs nothing.</summary>
    public const string DiagnosticListenerName = "Halyard";

    /// <summary>
    /// The event of each change of a data source's state, with a <see cref="DataSourceStateChange"/>; of every client of the process, each in order,
    /// on a thread of the pool. A listener that is more than 1,024 changes behind misses those in between.
    /// </summary>
    public const string StateChangedEventName = "Halyard.DataSource.StateChanged";

    /// <summary>
    /// That listener; of all clients and never ended, because others find it in a list of the process. Null if one of those who watch that list
    /// threw as they were told of it.
    /// </summary>
    internal static DiagnosticListener? Diagnostics { get; } = Make();

    private static DiagnosticListener? Make()
    {
        try
        {
            return new(DiagnosticListenerName);
        }
        catch (Exception)
        {
            // A stranger's observer must not keep every client of the process from being made.
            return null;
        }
    }
}
