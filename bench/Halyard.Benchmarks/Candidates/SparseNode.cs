using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Halyard.Benchmarks.Candidates;

/// <summary>
/// A node of <see cref="SparseTrie"/>, never changed once it is part of a tree. Two bitmaps say which of the 32 branches
/// hold an item and which a child, so that reading a slot needs no type test; the slots of both are in the order of
/// their branches. The slots are part of the node itself, not an array beside it: a look-up then touches one object a
/// level, and a node is smaller. A <see cref="SparseCollisionNode"/> has no bitmap.
/// </summary>
internal abstract class SparseNode(uint items, uint children)
{
    public static readonly SparseNode Empty = new SparseCollisionNode([]);

    public readonly uint Items = items;
    public readonly uint Children = children;

    public uint Used => Items | Children;

    public int Count => this is SparseCollisionNode collision ? collision.Colliding.Length : BitOperations.PopCount(Used);

    /// <summary>Whether this holds one item and nothing else; the parent then holds the item itself.</summary>
    public bool IsSingle => Children == 0 && Count == 1;

    /// <summary>The first slot of a node that has bitmaps.</summary>
    // All sizes of a node have their slots at the same place, after the bitmaps, so any one size can stand for all.
    public ref object First => ref Unsafe.As<Slots1, object>(ref Unsafe.As<SlotNode<Slots1>>(this).Inline);

    /// <summary>The slots; written only before the node becomes part of a tree.</summary>
    public Span<object> Slots => this is SparseCollisionNode collision
        ? collision.Colliding
        : MemoryMarshal.CreateSpan(ref First, BitOperations.PopCount(Used));

    /// <summary>A node with empty slots for its branches, of which there is at least one.</summary>
    public static SparseNode WithSlots(uint items, uint children) => BitOperations.PopCount(items | children) switch
    {
        1 => new SlotNode<Slots1>(items, children),
        2 => new SlotNode<Slots2>(items, children),
        3 => new SlotNode<Slots3>(items, children),
        4 => new SlotNode<Slots4>(items, children),
        5 => new SlotNode<Slots5>(items, children),
        6 => new SlotNode<Slots6>(items, children),
        7 => new SlotNode<Slots7>(items, children),
        8 => new SlotNode<Slots8>(items, children),
        9 => new SlotNode<Slots9>(items, children),
        10 => new SlotNode<Slots10>(items, children),
        11 => new SlotNode<Slots11>(items, children),
        12 => new SlotNode<Slots12>(items, children),
        13 => new SlotNode<Slots13>(items, children),
        14 => new SlotNode<Slots14>(items, children),
        15 => new SlotNode<Slots15>(items, children),
        16 => new SlotNode<Slots16>(items, children),
        17 => new SlotNode<Slots17>(items, children),
        18 => new SlotNode<Slots18>(items, children),
        19 => new SlotNode<Slots19>(items, children),
        20 => new SlotNode<Slots20>(items, children),
        21 => new SlotNode<Slots21>(items, children),
        22 => new SlotNode<Slots22>(items, children),
        23 => new SlotNode<Slots23>(items, children),
        24 => new SlotNode<Slots24>(items, children),
        25 => new SlotNode<Slots25>(items, children),
        26 => new SlotNode<Slots26>(items, children),
        27 => new SlotNode<Slots27>(items, children),
        28 => new SlotNode<Slots28>(items, children),
        29 => new SlotNode<Slots29>(items, children),
        30 => new SlotNode<Slots30>(items, children),
        31 => new SlotNode<Slots31>(items, children),
        32 => new SlotNode<Slots32>(items, children),
        _ => throw new ArgumentException("A node has between 1 and 32 branches.", nameof(items)),
    };

    private sealed class SlotNode<TSlots>(uint items, uint children) : SparseNode(items, children)
        where TSlots : struct
    {
        // Written and read through First alone.
#pragma warning disable CS0649
        public TSlots Inline;
#pragma warning restore CS0649
    }

    [InlineArray(1)]
    private struct Slots1
    {
        private object _first;
    }

    [InlineArray(2)]
    private struct Slots2
    {
        private object _first;
    }

    [InlineArray(3)]
    private struct Slots3
    {
        private object _first;
    }

    [InlineArray(4)]
    private struct Slots4
    {
        private object _first;
    }

    [InlineArray(5)]
    private struct Slots5
    {
        private object _first;
    }

    [InlineArray(6)]
    private struct Slots6
    {
        private object _first;
    }

    [InlineArray(7)]
    private struct Slots7
    {
        private object _first;
    }

    [InlineArray(8)]
    private struct Slots8
    {
        private object _first;
    }

    [InlineArray(9)]
    private struct Slots9
    {
        private object _first;
    }

    [InlineArray(10)]
    private struct Slots10
    {
        private object _first;
    }

    [InlineArray(11)]
    private struct Slots11
    {
        private object _first;
    }

    [InlineArray(12)]
    private struct Slots12
    {
        private object _first;
    }

    [InlineArray(13)]
    private struct Slots13
    {
        private object _first;
    }

    [InlineArray(14)]
    private struct Slots14
    {
        private object _first;
    }

    [InlineArray(15)]
    private struct Slots15
    {
        private object _first;
    }

    [InlineArray(16)]
    private struct Slots16
    {
        private object _first;
    }

    [InlineArray(17)]
    private struct Slots17
    {
        private object _first;
    }

    [InlineArray(18)]
    private struct Slots18
    {
        private object _first;
    }

    [InlineArray(19)]
    private struct Slots19
    {
        private object _first;
    }

    [InlineArray(20)]
    private struct Slots20
    {
        private object _first;
    }

    [InlineArray(21)]
    private struct Slots21
    {
        private object _first;
    }

    [InlineArray(22)]
    private struct Slots22
    {
        private object _first;
    }

    [InlineArray(23)]
    private struct Slots23
    {
        private object _first;
    }

    [InlineArray(24)]
    private struct Slots24
    {
        private object _first;
    }

    [InlineArray(25)]
    private struct Slots25
    {
        private object _first;
    }

    [InlineArray(26)]
    private struct Slots26
    {
        private object _first;
    }

    [InlineArray(27)]
    private struct Slots27
    {
        private object _first;
    }

    [InlineArray(28)]
    private struct Slots28
    {
        private object _first;
    }

    [InlineArray(29)]
    private struct Slots29
    {
        private object _first;
    }

    [InlineArray(30)]
    private struct Slots30
    {
        private object _first;
    }

    [InlineArray(31)]
    private struct Slots31
    {
        private object _first;
    }

    [InlineArray(32)]
    private struct Slots32
    {
        private object _first;
    }
}

/// <summary>Items whose whole hashes are equal, sorted by key; without any it is the empty tree.</summary>
internal sealed class SparseCollisionNode(object[] colliding) : SparseNode(0, 0)
{
    public readonly object[] Colliding = colliding;
}
