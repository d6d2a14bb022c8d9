using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

internal struct LeafEntry
{
    public string Key;
    public ItemDescriptor Item;
}

/// <summary>A leaf of <see cref="WideTrie{TWidth}"/>, its entries in the object itself and in the order of tag and key.</summary>
internal abstract class Leaf
{
    public static readonly Leaf Empty = new Sized<Entries1>();

    public Vector128<byte> Tags;
    public int Count;

    public ref LeafEntry First => ref Unsafe.As<Entries1, LeafEntry>(ref Unsafe.As<Sized<Entries1>>(this).Inline);

    public Span<LeafEntry> Entries => MemoryMarshal.CreateSpan(ref First, Count);

    public int IndexOf(string key, byte tag)
    {
        var entries = Entries;
        for (var i = 0; i < entries.Length; i++)
        {
            if (Tags[i] == tag && string.Equals(entries[i].Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    public Leaf With(ItemDescriptor item, byte tag)
    {
        var at = IndexOf(item.Key, tag);
        Leaf copy;
        if (at >= 0)
        {
            copy = OfSize(Count);
            Entries.CopyTo(copy.Entries);
            copy.Tags = Tags;
        }
        else
        {
            at = 0;
            while (at < Count && (Tags[at] < tag || (Tags[at] == tag && string.CompareOrdinal(Entries[at].Key, item.Key) < 0)))
            {
                at++;
            }

            copy = OfSize(Count + 1);
            Entries[..at].CopyTo(copy.Entries);
            Entries[at..].CopyTo(copy.Entries[(at + 1)..]);
            var tags = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref Tags, 1));
            var copied = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref copy.Tags, 1));
            tags[..at].CopyTo(copied);
            tags[at..Count].CopyTo(copied[(at + 1)..]);
            copied[at] = tag;
        }

        copy.Entries[at] = new() { Key = item.Key, Item = item };
        return copy;
    }

    private static Leaf OfSize(int count)
    {
        Leaf leaf = count switch
        {
            1 => new Sized<Entries1>(),
            2 => new Sized<Entries2>(),
            3 => new Sized<Entries3>(),
            4 => new Sized<Entries4>(),
            5 => new Sized<Entries5>(),
            6 => new Sized<Entries6>(),
            7 => new Sized<Entries7>(),
            8 => new Sized<Entries8>(),
            9 => new Sized<Entries9>(),
            10 => new Sized<Entries10>(),
            11 => new Sized<Entries11>(),
            12 => new Sized<Entries12>(),
            13 => new Sized<Entries13>(),
            14 => new Sized<Entries14>(),
            15 => new Sized<Entries15>(),
            16 => new Sized<Entries16>(),
            _ => throw new ArgumentOutOfRangeException(nameof(count)),
        };
        leaf.Count = count;
        return leaf;
    }

    private sealed class Sized<TEntries> : Leaf
        where TEntries : struct
    {
#pragma warning disable CS0649
        public TEntries Inline;
#pragma warning restore CS0649
    }

    [InlineArray(1)]
    private struct Entries1
    {
        private LeafEntry _first;
    }

    [InlineArray(2)]
    private struct Entries2
    {
        private LeafEntry _first;
    }

    [InlineArray(3)]
    private struct Entries3
    {
        private LeafEntry _first;
    }

    [InlineArray(4)]
    private struct Entries4
    {
        private LeafEntry _first;
    }

    [InlineArray(5)]
    private struct Entries5
    {
        private LeafEntry _first;
    }

    [InlineArray(6)]
    private struct Entries6
    {
        private LeafEntry _first;
    }

    [InlineArray(7)]
    private struct Entries7
    {
        private LeafEntry _first;
    }

    [InlineArray(8)]
    private struct Entries8
    {
        private LeafEntry _first;
    }

    [InlineArray(9)]
    private struct Entries9
    {
        private LeafEntry _first;
    }

    [InlineArray(10)]
    private struct Entries10
    {
        private LeafEntry _first;
    }

    [InlineArray(11)]
    private struct Entries11
    {
        private LeafEntry _first;
    }

    [InlineArray(12)]
    private struct Entries12
    {
        private LeafEntry _first;
    }

    [InlineArray(13)]
    private struct Entries13
    {
        private LeafEntry _first;
    }

    [InlineArray(14)]
    private struct Entries14
    {
        private LeafEntry _first;
    }

    [InlineArray(15)]
    private struct Entries15
    {
        private LeafEntry _first;
    }

    [InlineArray(16)]
    private struct Entries16
    {
        private LeafEntry _first;
    }
}
