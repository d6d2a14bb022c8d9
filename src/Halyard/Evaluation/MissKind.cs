namespace Halyard.Evaluation;

internal enum MissKind : byte
{
    Flag,
    Segment,
    BigSegmentMembership,
}
