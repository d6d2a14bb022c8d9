namespace Halyard;

/// <summary>A change of a data source's state, as the event <see cref="HalyardTelemetry.StateChangedEventName"/> tells of it.</summary>
/// <param name="Client">The client's name; empty for one without.</param>
/// <param name="Previous">The state before.</param>
/// <param name="Status">The status since; its <see cref="DataSourceStatus.LastError"/> says why.</param>
public sealed record DataSourceStateChange(string Client, DataSourceState Previous, DataSourceStatus Status);
