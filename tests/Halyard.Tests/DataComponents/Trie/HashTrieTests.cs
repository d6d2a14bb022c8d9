using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>How much of a tree an update makes anew, counted in nodes.</summary>
public sealed class HashTrieTests
{
    private const int Branches = 32;

    /// <summary>The levels of a full tree, the one that the hash leaves thinly filled, and one for keys that stay together by chance.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void A_change_copies_no_more_nodes_than_the_tree_has_levels(int count)
    {
        var root = TreeOf(count);
        var known = Nodes(root);
        var limit = 2 + (int)Math.Ceiling(Math.Log(count, Branches));
        for (var i = 0; i < 200; i++)
        {
            var key = $"flag-{i * 7919 % count}";
            Assert.InRange(NewNodes(known, Put(root, key)), 1, limit);
            Assert.InRange(NewNodes(known, HashTrie.Without(root, key, KeyHash.Of(key), 0, out _)!), 1, limit);

            // One item too many for a leaf makes a level more, and a leaf for each item at most.
            Assert.InRange(NewNodes(known, Put(root, $"new-{i}")), 1, limit + 2 + TrieLeaf.Limit);
        }
    }

    [Fact]
    public void A_thousand_times_the_items_cost_a_change_two_more_levels()
    {
        Assert.InRange(AverageNewNodes(100_000) - AverageNewNodes(100), 0, 2.5);
    }

    [Fact]
    public void A_batch_copies_a_node_once_for_all_of_its_items()
    {
        var root = TreeOf(10_000);
        var known = Nodes(root);
        ItemDescriptor[] batch = [.. Enumerable.Range(0, 1_000).Select(i => Items.Flag($"flag-{i * 7 % 10_000}", 2))];
        var tally = default(HashTrie.Tally);
        var together = NewNodes(known, HashTrie.WithAll(root, batch, null, ref tally)!);
        var oneByOne = batch.Sum(item => NewNodes(known, Put(root, item.Key)));
        Assert.InRange(together, 1, oneByOne / 2);
    }

    private static double AverageNewNodes(int count)
    {
        var root = TreeOf(count);
        var known = Nodes(root);
        return Enumerable.Range(0, 200).Average(i => NewNodes(known, Put(root, $"flag-{i * 7919 % count}")));
    }

    private static object TreeOf(int count)
    {
        ItemDescriptor[] items = [.. Enumerable.Range(0, count).Select(i => Items.NoFlag($"flag-{i}"))];
        var tally = default(HashTrie.Tally);
        return HashTrie.WithAll(null, items, null, ref tally)!;
    }

    private static object Put(object root, string key) => HashTrie.With(root, Items.NoFlag(key, 2), KeyHash.Of(key), 0, out _);

    private static HashSet<object> Nodes(object root)
    {
        var nodes = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Add(root, nodes, _ => true);
        return nodes;
    }

    private static int NewNodes(HashSet<object> known, object root)
    {
        var nodes = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Add(root, nodes, node => !known.Contains(node));
        return nodes.Count;
    }

    private static void Add(object node, HashSet<object> nodes, Func<object, bool> wanted)
    {
        if (!wanted(node) || !nodes.Add(node))
        {
            return;
        }

        foreach (var child in node as object?[] ?? [])
        {
            if (child is not null)
            {
                Add(child, nodes, wanted);
            }
        }
    }
}
