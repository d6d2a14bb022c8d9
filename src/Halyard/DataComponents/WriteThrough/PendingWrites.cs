using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// What a persistent store still lacks: everything, or items in the order in which they were changed last, each key
/// once, however long the store is away. What has been taken counts until it is reported written or put back.
/// Thread-safe; one taker at a time.
/// </summary>
internal sealed class PendingWrites
{
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly LinkedList<PendingWrite> _items = new();
    private readonly Dictionary<(DataKind Kind, string Key), LinkedListNode<PendingWrite>> _byKey = [];
    private bool _everything;
    private bool _isTaken;

    // What has been taken: an item, or null for everything.
    private PendingWrite? _taken;

    /// <summary>How many items are still to be written, or being written; a write of everything counts as one.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count + (_everything ? 1 : 0) + (_isTaken ? 1 : 0);
            }
        }
    }

    /// <summary>Whether everything is to be written and that has not begun.</summary>
    public bool IsEverything
    {
        get
        {
            lock (_gate)
            {
                return _everything;
            }
        }
    }

    /// <summary>Whether the store may lack a key's last change.</summary>
    public bool Has(DataKind kind, string key)
    {
        lock (_gate)
        {
            return HasEverything() || _byKey.ContainsKey((kind, key)) || (_isTaken && _taken!.Value is var taken && taken.Kind == kind && taken.Key == key);
        }
    }

    /// <summary>The keys of a kind of which the store may lack the last change; null for all keys.</summary>
    public IReadOnlyCollection<string>? Keys(DataKind kind)
    {
        lock (_gate)
        {
            if (HasEverything())
            {
                return null;
            }

            var keys = _byKey.Keys.Where(key => key.Kind == kind).Select(static key => key.Key);
            return [.. _isTaken && _taken!.Value.Kind == kind ? keys.Append(_taken!.Value.Key) : keys];
        }
    }

    public void AddEverything()
    {
        lock (_gate)
        {
            BecomeEverything();
        }
    }

    /// <summary>Adds items that memory holds already.</summary>
    public void Add(ReadOnlySpan<PendingWrite> items)
    {
        lock (_gate)
        {
            // A write of everything that has not begun will have them.
            if (_everything)
            {
                return;
            }

            foreach (var item in items)
            {
                ref var node = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, (item.Kind, item.Key), out var known);
                if (known)
                {
                    _items.Remove(node!);
                }

                node = _items.AddLast(item);
            }
        }
    }

    /// <summary>Takes everything. Changes from here on count as pending again; those of before are in memory already.</summary>
    /// <returns>Whether everything is to be written.</returns>
    public bool TakeEverything()
    {
        lock (_gate)
        {
            if (!_everything)
            {
                return false;
            }

            _everything = false;
            _isTaken = true;
            _taken = null;
            return true;
        }
    }

    /// <summary>Takes the next item; null when there is none, or everything is to be written.</summary>
    public PendingWrite? TakeNext()
    {
        lock (_gate)
        {
            if (_everything || _items.First is not { Value: var item })
            {
                return null;
            }

            _items.RemoveFirst();
            _byKey.Remove((item.Kind, item.Key));
            _isTaken = true;
            _taken = item;
            return item;
        }
    }

    /// <summary>What was taken has been written.</summary>
    public void ReportWritten()
    {
        lock (_gate)
        {
            _isTaken = false;
        }
    }

    /// <summary>The write of everything has failed.</summary>
    public void PutBackEverything()
    {
        lock (_gate)
        {
            BecomeEverything();
            _isTaken = false;
        }
    }

    /// <summary>The write of an item has failed. It is forgotten when the key has changed meanwhile.</summary>
    public void PutBack(PendingWrite item, bool atTheEnd)
    {
        lock (_gate)
        {
            _isTaken = false;
            if (!_everything && !_byKey.ContainsKey((item.Kind, item.Key)))
            {
                _byKey[(item.Kind, item.Key)] = atTheEnd ? _items.AddLast(item) : _items.AddFirst(item);
            }
        }
    }

    private bool HasEverything() => _everything || (_isTaken && _taken is null);

    private void BecomeEverything()
    {
        _items.Clear();
        _byKey.Clear();
        _everything = true;
    }
}
