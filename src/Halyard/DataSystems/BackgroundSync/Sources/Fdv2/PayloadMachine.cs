using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Puts the events of one FDv2 connection together to change sets. Pure: no clock, no network,
/// nothing but the events. A new one serves each connection, and each polled body. Not thread-safe.
/// <para>
/// Items outside a transfer are dropped, and reported by the end of the transfer that never began. Of several
/// items of one kind and key the last counts; the order within a change set is kept, so its receiver sees to that.
/// </para>
/// </summary>
internal sealed class PayloadMachine
{
    /// <summary>A buffer that grew beyond this with a large transfer is not kept for the small ones that follow.</summary>
    private const int KeptCapacity = 256;

    private readonly List<ItemDescriptor> _items = [];
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
                if (_state != State.Inactive)
                {
                    _items.Add(what.Item!);
                }

                return default;
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
                _items.Clear();
                return new(PayloadStepKind.Abandoned, Text: what.Text);
            case PayloadEventKind.Goodbye:
                _items.Clear();
                return new(PayloadStepKind.Goodbye, Text: what.Text, Directive: what.Directive);
            default:
                return default;
        }
    }

    private PayloadStep Begin(State state)
    {
        _items.Clear();
        _state = state;
        return default;
    }

    private PayloadStep Commit(Selector selector)
    {
        var kind = _state == State.Full ? ChangeSetKind.Full : ChangeSetKind.Partial;
        var items = ImmutableCollectionsMarshal.AsImmutableArray(_items.ToArray());
        _items.Clear();
        if (_items.Capacity > KeptCapacity)
        {
            _items.Capacity = 0;
        }

        // Further changes follow on the same connection without an intent of their own.
        _state = State.Changes;
        return new(PayloadStepKind.Changes, new ChangeSet(kind, items, selector));
    }

    private PayloadStep Break(string how)
    {
        Begin(State.Inactive);
        return new(PayloadStepKind.Broken, Text: how);
    }
}
