using System.Runtime.InteropServices;

namespace Halyard.Concurrency;

// On cache lines of their own: writers and readers would otherwise take them from each other. Outside the generic
// type, because a layout may not be given to a part of one.
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct Positions
{
    [FieldOffset(128)]
    public long Head;

    [FieldOffset(256)]
    public long Tail;
}
