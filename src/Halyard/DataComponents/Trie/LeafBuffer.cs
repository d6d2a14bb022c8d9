using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataComponents.Trie;

/// <summary>Where the items of a new <see cref="TrieLeaf"/> come together, in its order; on the stack, for two full leaves.</summary>
internal struct LeafBuffer
{
    private const int Capacity = 2 * TrieLeaf.Limit;

    private EntryArray _entries;
    private TagArray _tags;

    public int Count { get; private set; }

    public void AddAll(TrieLeaf leaf)
    {
        foreach (ref readonly var entry in leaf.Entries)
        {
            Put(entry.Item, TrieLeaf.TagOf(KeyHash.Of(entry.Key)));
        }
    }

    /// <summary>Adds an item, or puts it in place of the one of its key, which it gives.</summary>
    public ItemDescriptor? Put(ItemDescriptor item, byte tag)
    {
        Span<LeafEntry> entries = _entries;
        Span<byte> tags = _tags;
        var at = 0;
        var order = -1;
        while (at < Count && (order = TrieLeaf.Compare(tags[at], entries[at].Key, tag, item.Key)) < 0)
        {
            at++;
        }

        if (at < Count && order == 0)
        {
            var replaced = entries[at].Item;
            entries[at] = new(item);
            return replaced;
        }

        entries[at..Count].CopyTo(entries[(at + 1)..]);
        tags[at..Count].CopyTo(tags[(at + 1)..]);
        (entries[at], tags[at]) = (new(item), tag);
        Count++;
        return null;
    }

    public TrieLeaf ToLeaf() => TrieLeaf.Of(MemoryMarshal.CreateReadOnlySpan(ref _entries[0], Count), MemoryMarshal.CreateReadOnlySpan(ref _tags[0], Count));

    [InlineArray(Capacity)]
    private struct EntryArray
    {
        private LeafEntry _first;
    }

    [InlineArray(Capacity)]
    private struct TagArray
    {
        private byte _first;
    }
}
