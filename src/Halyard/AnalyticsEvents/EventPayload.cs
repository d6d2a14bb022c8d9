namespace Halyard.AnalyticsEvents;

/// <summary>A finished JSON array of events.</summary>
internal sealed record EventPayload(PayloadBuffer Buffer, int Count);
