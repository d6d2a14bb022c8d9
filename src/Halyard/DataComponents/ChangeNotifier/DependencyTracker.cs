using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Halyard.DataModel.Clauses;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Knows which items refer to which: a flag to its prerequisite flags and to the segments of its clauses, a segment to
/// the segments of its clauses. Only items that refer or are referred to take room. Setting an item costs in
/// proportion to its own references, however many others there are. One thread at a time.
/// </summary>
internal sealed class DependencyTracker
{
    private const int None = -1;

    private readonly Dictionary<string, int> _flags = [];
    private readonly Dictionary<string, int> _segments = [];
    private readonly List<Reference> _wanted = [];
    private readonly List<int> _queue = [];
    private Node[] _nodes = [];
    private Edge[] _edges = [];
    private int _nodeCount;
    private int _edgeCount;
    private int _freeNode = None;
    private int _freeEdge = None;
    private int _round;

    /// <summary>Makes the tracker of all items of a data set.</summary>
    public static DependencyTracker Of(DataSnapshot snapshot)
    {
        var tracker = new DependencyTracker();
        foreach (var segment in snapshot.Segments)
        {
            tracker.Set(segment);
        }

        foreach (var flag in snapshot.Flags)
        {
            tracker.Set(flag);
        }

        return tracker;
    }

    /// <summary>Replaces the references of an item by those it has now; a tombstone has none.</summary>
    public void Set(ItemDescriptor item)
    {
        var ids = Ids(item.Kind);
        _wanted.Clear();
        if (item is ItemDescriptor<Flag> { Item: { } flag })
        {
            AddReferences(flag);
        }
        else if (item is ItemDescriptor<Segment> { Item: { } segment })
        {
            AddReferences(segment);
        }

        if (!ids.TryGetValue(item.Key, out var node))
        {
            if (_wanted.Count == 0)
            {
                return;
            }

            node = NodeOf(item.Kind, item.Key);
        }

        if (!HasJustWanted(node))
        {
            // The node is held while its edges change, even when it has none for a moment.
            RemoveOutgoing(node);

            // Edges are added at the front of a list: the last comes first, so that the list has the written order.
            for (var i = _wanted.Count - 1; i >= 0; i--)
            {
                AddEdge(node, NodeOf(_wanted[i].Kind, _wanted[i].Key));
            }

            FreeIfUnused(node);
        }

        // The list must not keep the strings of parsed items alive.
        _wanted.Clear();
    }

    /// <summary>
    /// The flags that depend on the item, through any number of others, itself included if it is a flag; each once,
    /// nearer ones first.
    /// </summary>
    public ImmutableArray<string> Closure(DataKind kind, string key)
    {
        if (!Ids(kind).TryGetValue(key, out var start) || _nodes[start].FirstIn == None)
        {
            return kind == DataKind.Flag ? [key] : [];
        }

        StartRound();
        Visit(start);
        return FinishRound([]);
    }

    /// <summary>As <see cref="Closure(DataKind, string)"/>, of several items at once.</summary>
    public ImmutableArray<string> Closure(ReadOnlySpan<ItemDescriptor> changed)
    {
        StartRound();
        var unknown = new HashSet<string>();
        foreach (var item in changed)
        {
            if (Ids(item.Kind).TryGetValue(item.Key, out var node))
            {
                Visit(node);
            }
            else if (item.Kind == DataKind.Flag)
            {
                unknown.Add(item.Key);
            }
        }

        return FinishRound(unknown);
    }

    /// <summary>How many items refer or are referred to.</summary>
    public int TrackedItems => _flags.Count + _segments.Count;

    /// <summary>Adds what directly refers to the item.</summary>
    public void AddDirectDependents(DataKind kind, string key, ICollection<(DataKind Kind, string Key)> dependents)
    {
        if (Ids(kind).TryGetValue(key, out var node))
        {
            for (var edge = _nodes[node].FirstIn; edge != None; edge = _edges[edge].NextIn)
            {
                ref var from = ref _nodes[_edges[edge].From];
                dependents.Add((from.Kind, from.Key));
            }
        }
    }

    private Dictionary<string, int> Ids(DataKind kind) => kind == DataKind.Flag ? _flags : _segments;

    private void AddReferences(Flag flag)
    {
        // As spans: an application's own flag may have an array that was never set, which is no collection.
        foreach (var prerequisite in flag.Prerequisites.AsSpan())
        {
            Want(DataKind.Flag, prerequisite.Key);
        }

        foreach (var rule in flag.Rules.AsSpan())
        {
            AddReferences(rule.ClauseList);
        }
    }

    private void AddReferences(Segment segment)
    {
        foreach (var rule in segment.Rules.AsSpan())
        {
            AddReferences(rule.ClauseList);
        }
    }

    private void AddReferences(ClauseList clauses)
    {
        for (var i = 0; i < clauses.Count; i++)
        {
            var clause = clauses[i];
            if (!clause.IsSegmentMatch)
            {
                continue;
            }

            foreach (var value in clause.Values)
            {
                if (value.AsString is { } key)
                {
                    Want(DataKind.Segment, key);
                }
            }
        }
    }

    // Rules often ask for one segment again and again. Other repetitions only cost their room.
    private void Want(DataKind kind, string key)
    {
        if (_wanted.Count == 0 || _wanted[^1].Kind != kind || _wanted[^1].Key != key)
        {
            _wanted.Add(new(kind, key));
        }
    }

    // Almost every change of an item leaves its references as they were.
    private bool HasJustWanted(int node)
    {
        var edge = _nodes[node].FirstOut;
        foreach (var reference in _wanted)
        {
            if (edge == None)
            {
                return false;
            }

            ref var to = ref _nodes[_edges[edge].To];
            if (to.Kind != reference.Kind || to.Key != reference.Key)
            {
                return false;
            }

            edge = _edges[edge].NextOut;
        }

        return edge == None;
    }

    private int NodeOf(DataKind kind, string key)
    {
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(Ids(kind), key, out var known);
        if (known)
        {
            return slot;
        }

        int id;
        if (_freeNode != None)
        {
            id = _freeNode;
            _freeNode = _nodes[id].FirstOut;
        }
        else
        {
            id = _nodeCount++;
            Grow(ref _nodes, _nodeCount);
        }

        _nodes[id] = new() { Key = key, Kind = kind, FirstIn = None, FirstOut = None };
        return slot = id;
    }

    private void AddEdge(int from, int to)
    {
        int id;
        if (_freeEdge != None)
        {
            id = _freeEdge;
            _freeEdge = _edges[id].NextOut;
        }
        else
        {
            id = _edgeCount++;
            Grow(ref _edges, _edgeCount);
        }

        var nextIn = _nodes[to].FirstIn;
        _edges[id] = new() { From = from, To = to, NextOut = _nodes[from].FirstOut, NextIn = nextIn, PreviousIn = None };
        if (nextIn != None)
        {
            _edges[nextIn].PreviousIn = id;
        }

        _nodes[from].FirstOut = id;
        _nodes[to].FirstIn = id;
    }

    private void RemoveOutgoing(int node)
    {
        var id = _nodes[node].FirstOut;
        _nodes[node].FirstOut = None;
        while (id != None)
        {
            ref var edge = ref _edges[id];
            if (edge.PreviousIn != None)
            {
                _edges[edge.PreviousIn].NextIn = edge.NextIn;
            }
            else
            {
                _nodes[edge.To].FirstIn = edge.NextIn;
            }

            if (edge.NextIn != None)
            {
                _edges[edge.NextIn].PreviousIn = edge.PreviousIn;
            }

            if (edge.To != node)
            {
                FreeIfUnused(edge.To);
            }

            var next = edge.NextOut;
            edge.NextOut = _freeEdge;
            _freeEdge = id;
            id = next;
        }
    }

    private void FreeIfUnused(int id)
    {
        ref var node = ref _nodes[id];
        if (node.FirstIn == None && node.FirstOut == None)
        {
            Ids(node.Kind).Remove(node.Key);
            node = new() { Key = null!, FirstOut = _freeNode, FirstIn = None };
            _freeNode = id;
        }
    }

    private void StartRound()
    {
        _queue.Clear();
        if (++_round == int.MaxValue)
        {
            foreach (ref var node in _nodes.AsSpan())
            {
                node.Round = 0;
            }

            _round = 1;
        }
    }

    private void Visit(int id)
    {
        ref var node = ref _nodes[id];
        if (node.Round != _round)
        {
            node.Round = _round;
            _queue.Add(id);
        }
    }

    private ImmutableArray<string> FinishRound(HashSet<string> unknownFlags)
    {
        var flags = unknownFlags.Count;
        for (var at = 0; at < _queue.Count; at++)
        {
            ref var node = ref _nodes[_queue[at]];
            flags += node.Kind == DataKind.Flag ? 1 : 0;
            for (var edge = node.FirstIn; edge != None; edge = _edges[edge].NextIn)
            {
                Visit(_edges[edge].From);
            }
        }

        var keys = ImmutableArray.CreateBuilder<string>(flags);
        keys.AddRange(unknownFlags);
        foreach (var id in _queue)
        {
            if (_nodes[id].Kind == DataKind.Flag)
            {
                keys.Add(_nodes[id].Key);
            }
        }

        return keys.MoveToImmutable();
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length)
        {
            Array.Resize(ref array, Math.Max(16, array.Length * 2));
        }
    }

    private readonly record struct Reference(DataKind Kind, string Key);

    /// <summary>An item that refers or is referred to; a free one is linked by <see cref="FirstOut"/>.</summary>
    private struct Node
    {
        public string Key;
        public int FirstIn;
        public int FirstOut;
        public int Round;
        public DataKind Kind;
    }

    /// <summary>One reference, in the list of its referrer and in that of what is referred to; a free one is linked by <see cref="NextOut"/>.</summary>
    private struct Edge
    {
        public int From;
        public int To;
        public int NextOut;
        public int NextIn;
        public int PreviousIn;
    }
}
