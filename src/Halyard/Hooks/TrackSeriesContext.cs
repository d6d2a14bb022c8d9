namespace Halyard;

/// <summary>What was tracked, for a <see cref="Hook"/>.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Context">The context it was tracked for.</param>
/// <param name="Data">The event's data; null when none was given.</param>
/// <param name="MetricValue">The event's number; null when none was given.</param>
/// <param name="EnvironmentId">The environment's id; null until the service has told it, and with sources that tell none.</param>
public sealed record TrackSeriesContext(string Key, Context Context, Value? Data, double? MetricValue, string? EnvironmentId);
