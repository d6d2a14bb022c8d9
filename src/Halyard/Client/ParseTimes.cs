using Halyard.DataSystems.Sources;
using Halyard.Telemetry;

namespace Halyard;

/// <summary>Has metrics tell how long a source takes to make models of what it reads.</summary>
/// <param name="metrics">What measures.</param>
/// <param name="source">The source's name.</param>
internal sealed class ParseTimes(ClientMetrics metrics, string source) : IParseTimes
{
    public bool AreWanted => metrics.Instruments.ParseDuration.Enabled;

    public void Add(TimeSpan time) => metrics.Record(metrics.Instruments.ParseDuration, time, new(HalyardMetrics.SourceTag, source));
}
