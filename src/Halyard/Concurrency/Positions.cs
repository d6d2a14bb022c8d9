using System.Runtime.InteropServices;

namespace Halyard.Concurrency;

/// <summary>The two ends of a <see cref="RingSegment{T}"/>.</summary>
/// <remarks>
/// Each is on a cache line of its own: writers and readers would otherwise take the line from each other. Not nested in
/// the ring, because a type inside a generic one cannot have an explicit layout.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct Positions
{
    [FieldOffset(128)]
    public long Head;

    [FieldOffset(256)]
    public long Tail;
}
