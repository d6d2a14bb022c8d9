namespace Halyard.DataInterfaces;

internal enum MissKind : byte
{
    Flag,
    Segment,
    BigSegmentMembership,
}
