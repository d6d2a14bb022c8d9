using System.Globalization;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.Model;

namespace Halyard.Fuzzing.Targets;

/// <summary>
/// The machine of FDv2 once more, as its description reads: items count when their transfer ends, the last of each key, in the
/// place of the first; a transfer that was not begun breaks the connection.
/// </summary>
internal sealed class PayloadModel
{
    private readonly PayloadMachine _machine = new();
    private readonly OrderedDictionary<(DataKind, string), ItemDescriptor> _items = [];
    private string _transfer = "";

    /// <summary>Gives an event to the machine and compares what it says.</summary>
    /// <returns>Whether the connection goes on.</returns>
    public bool Accept(in PayloadEvent what)
    {
        var step = _machine.Accept(what);
        Promise.Same(Expected(what), Told(step), "the machine does what the events say");
        return step.Kind is not (PayloadStepKind.Broken or PayloadStepKind.Goodbye);
    }

    private string Expected(in PayloadEvent what)
    {
        switch (what.Kind)
        {
            case PayloadEventKind.Item:
                if (_transfer.Length != 0)
                {
                    _items[(what.Item!.Kind, what.Item.Key)] = what.Item;
                }

                return "None";
            case PayloadEventKind.IntentFull or PayloadEventKind.IntentChanges:
                _items.Clear();
                _transfer = what.Kind == PayloadEventKind.IntentFull ? "Full" : "Partial";
                return "None";
            case PayloadEventKind.IntentNone:
                _items.Clear();
                _transfer = "Partial";
                return "Changes None  0:";
            case PayloadEventKind.Transferred when _transfer.Length != 0:
                var changes = string.Create(CultureInfo.InvariantCulture, $"Changes {_transfer} {what.Selector.State} {what.Selector.Version}:")
                    + string.Concat(_items.Values.Select(Meaning.Of));
                _items.Clear();
                _transfer = "Partial";
                return changes;
            case PayloadEventKind.Transferred or PayloadEventKind.IntentUnknown:
                _items.Clear();
                _transfer = "";
                return "Broken";
            case PayloadEventKind.UnknownItem:
                return "Skipped";
            case PayloadEventKind.Error:
                _items.Clear();
                return "Abandoned";
            case PayloadEventKind.Goodbye:
                _items.Clear();
                return "Goodbye";
            default:
                return "None";
        }
    }

    private static string Told(in PayloadStep step)
    {
        Promise.Holds(step.Kind is PayloadStepKind.None or PayloadStepKind.Changes || step.Text is not null, "a step says why");
        return step.Changes is not { } changes
            ? step.Kind.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{step.Kind} {changes.Kind} {changes.Selector.State} {changes.Selector.Version}:")
                + string.Concat(changes.Items.Select(Meaning.Of));
    }
}
