namespace Halyard.AnalyticsEvents;

/// <summary>Remembers the contexts met last. For one thread.</summary>
internal sealed class SeenContexts(int capacity)
{
    // The kind is part of the identity, because contexts of two kinds may have the same key.
    private readonly Dictionary<(string Kind, string Key), LinkedListNode<(string Kind, string Key)>> _nodes = [];
    private readonly LinkedList<(string Kind, string Key)> _byUse = new();
    private Context? _last;

    /// <summary>Notes a context; true when it was not remembered.</summary>
    public bool Add(Context context)
    {
        if (ReferenceEquals(context, _last))
        {
            return false;
        }

        _last = context;
        var id = (context.Kind, context.FullyQualifiedKey);
        if (_nodes.TryGetValue(id, out var known))
        {
            _byUse.Remove(known);
            _byUse.AddFirst(known);
            return false;
        }

        LinkedListNode<(string, string)> node;
        if (_nodes.Count >= capacity)
        {
            node = _byUse.Last!;
            _byUse.RemoveLast();
            _nodes.Remove(node.Value);
            node.Value = id;
        }
        else
        {
            node = new(id);
        }

        _byUse.AddFirst(node);
        _nodes.Add(id, node);
        return true;
    }

    public void Clear()
    {
        _nodes.Clear();
        _byUse.Clear();
        _last = null;
    }
}
