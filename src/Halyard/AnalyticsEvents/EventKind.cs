namespace Halyard.AnalyticsEvents;

internal enum EventKind : byte
{
    Evaluation,
    Identify,
    Custom,
    Migration,
}
