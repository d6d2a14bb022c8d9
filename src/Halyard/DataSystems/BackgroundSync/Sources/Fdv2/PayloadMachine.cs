using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Puts the events of one FDv2 connection together to change sets. Pure: no clock, no network,
/// nothing but the events. A new one serves each connection, and each polled body. Not thread-safe.
/// <para>
/// Items outside a transfer are dropped, and reported by the end of the transfer that never began. Of several
/// items of one kind and key the last is kept, in the place of the first.
/// </para>
/// </summary>
/// <param name="mostBytes">What the items of an unfinished transfer may take.</param>
internal sealed class PayloadMachine(long mostBytes = long.MaxValue)
{
    /// <summary>So few items are looked through for one of the same key; more have an index.</summary>
    private const int Few = 16;

    /// <summary>A buffer that grew beyond this with a large transfer is not kept for the small ones that follow.</summary>
    private const int KeptCapacity = 256;

    private readonly List<Entry> _items = [];
    private Dictionary<(DataKind Kind, string Key), int>? _places;
    private long _bytes;
    private State _state;

    private enum State : byte
    {
        Inactive,
        Full,
        Changes,
    }

    public PayloadStep Accept(in PayloadEvent what)
    {
        switch (what.Kind)
        {
            case PayloadEventKind.Item:
                return _state == State.Inactive ? default : Add(what.Item!, what.Cost);
            case PayloadEventKind.IntentFull:
                return Begin(State.Full);
            case PayloadEventKind.IntentChanges:
                return Begin(State.Changes);
            case PayloadEventKind.IntentNone:
                Begin(State.Changes);
                return new(PayloadStepKind.Changes, ChangeSet.Nothing());
            case PayloadEventKind.IntentUnknown:
                return Break($"the service announced a transfer of an unknown kind, '{what.Text}'");
            case PayloadEventKind.UnknownItem:
                return new(PayloadStepKind.Skipped, Text: what.Text);
            case PayloadEventKind.Transferred:
                return _state == State.Inactive ? Break("the service ended a transfer that it had not begun") : Commit(what.Selector);
            case PayloadEventKind.Error:
                // The items received so far do not count; the kind of transfer stays as announced.
                Clear();
                return new(PayloadStepKind.Abandoned, Text: what.Text);
            case PayloadEventKind.Goodbye:
                Clear();
                return new(PayloadStepKind.Goodbye, Text: what.Text, Directive: what.Directive);
            default:
                return default;
        }
    }

    private PayloadStep Add(ItemDescriptor item, long cost)
    {
        var place = PlaceOf(item);
        if (place < 0)
        {
            _places?.Add((item.Kind, item.Key), _items.Count);
            _items.Add(new(item, cost));
            _bytes += cost;
        }
        else
        {
            _bytes += cost - _items[place].Cost;
            _items[place] = new(item, cost);
        }

        return _bytes <= mostBytes ? default : Break($"the items of one transfer take more than the limit of {mostBytes} bytes");
    }

    // Below zero when there is none of its kind and key.
    private int PlaceOf(ItemDescriptor item)
    {
        if (_places is null && _items.Count < Few)
        {
            for (var i = 0; i < _items.Count; i++)
            {
                if (_items[i].Item.Kind == item.Kind && _items[i].Item.Key == item.Key)
                {
                    return i;
                }
            }

            return -1;
        }

        if (_places is null)
        {
            _places = new(4 * Few);
            for (var i = 0; i < _items.Count; i++)
            {
                _places.Add((_items[i].Item.Kind, _items[i].Item.Key), i);
            }
        }

        return _places.TryGetValue((item.Kind, item.Key), out var place) ? place : -1;
    }

    private void Clear()
    {
        (_places, _bytes) = (null, 0);
        _items.Clear();
        if (_items.Capacity > KeptCapacity)
        {
            _items.Capacity = 0;
        }
    }

    private PayloadStep Begin(State state)
    {
        Clear();
        _state = state;
        return default;
    }

    private PayloadStep Commit(Selector selector)
    {
        var kind = _state == State.Full ? ChangeSetKind.Full : ChangeSetKind.Partial;
        var items = new ItemDescriptor[_items.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = _items[i].Item;
        }

        Clear();
        // Further changes follow on the same connection without an intent of their own.
        _state = State.Changes;
        return new(PayloadStepKind.Changes, new ChangeSet(kind, ImmutableCollectionsMarshal.AsImmutableArray(items), selector));
    }

    private PayloadStep Break(string how)
    {
        Begin(State.Inactive);
        return new(PayloadStepKind.Broken, Text: how);
    }

    private readonly record struct Entry(ItemDescriptor Item, long Cost);
}
