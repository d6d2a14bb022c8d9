using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>The store's former trie.</summary>
internal struct SparseTrieCandidate : ICandidate
{
    private SparseNode _root;

    public static string Name => "sparse trie, 32";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items)
    {
        _root = SparseNode.Empty;
        SetAll(items);
    }

    public readonly ItemDescriptor<Flag>? Find(string key) => Unsafe.As<ItemDescriptor<Flag>?>(SparseTrie.Find(_root, key));

    public void Set(ItemDescriptor<Flag> item) => _root = SparseTrie.With(_root, item, KeyHash.Of(item.Key), 0, out _);

    public void SetAll(ItemDescriptor<Flag>[] items)
    {
        var tally = default(SparseTrie.Tally);
        _root = SparseTrie.WithAll(_root, items, ref tally);
    }

    public readonly int Enumerate() => Enumerate(_root);

    private static int Enumerate(SparseNode node)
    {
        var count = 0;
        foreach (var slot in node.Slots)
        {
            count += slot is SparseNode child ? Enumerate(child) : Unsafe.As<ItemDescriptor>(slot).IsTombstone ? 0 : 1;
        }

        return count;
    }
}
