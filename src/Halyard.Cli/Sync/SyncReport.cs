using System.Globalization;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Counts what is written to a store and tells of it, line by line. Thread-safe.</summary>
/// <param name="store">The store's name for people.</param>
/// <param name="print">Takes the lines.</param>
internal sealed class SyncReport(string store, Action<string> print)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(DataKind Kind, string Key), SerializedItem> _known = [];
    private bool _filled;
    private string? _failure;

    /// <summary>Items written.</summary>
    public int Written { get; private set; }

    /// <summary>Items that the store had already, in the same or a newer version.</summary>
    public int Unchanged { get; private set; }

    /// <summary>Items whose write failed; each attempt counts.</summary>
    public int FailedWrites { get; private set; }

    /// <summary>The failure of the last request; null when it succeeded.</summary>
    public string? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    public string Summary
    {
        get
        {
            lock (_gate)
            {
                return $"{store}: {Written} written, {Unchanged} unchanged, {FailedWrites} failed";
            }
        }
    }

    /// <summary>Describes items by their number, such as <c>19 flags and 4 segments</c>.</summary>
    public static string Count(IEnumerable<SerializedItem> items)
    {
        var counts = items.Where(static item => !item.Item.Deleted).ToLookup(static item => item.Kind);
        return string.Create(CultureInfo.InvariantCulture, $"{counts[DataKind.Flag].Count()} flags and {counts[DataKind.Segment].Count()} segments");
    }

    /// <summary>The store holds these items now and no other.</summary>
    public void Replaced(IReadOnlyList<SerializedItem> items)
    {
        lock (_gate)
        {
            Written += items.Count;
            var changes = _filled ? Changes(items) : [];
            if (changes.Count == 0)
            {
                print($"{store}: filled{(_filled ? " again" : "")} with {Count(items)}");
            }

            changes.ForEach(print);
            _filled = true;
            _known.Clear();
            foreach (var item in items)
            {
                _known[(item.Kind, item.Key)] = item;
            }
        }
    }

    /// <summary>An item was written, or the store had the same or a newer version.</summary>
    public void Updated(SerializedItem item, bool written)
    {
        lock (_gate)
        {
            if (written)
            {
                Written++;
                _known[(item.Kind, item.Key)] = item;
                print(Describe(item));
            }
            else
            {
                Unchanged++;
                print($"{item.Kind.Noun()} {item.Key}: version {item.Item.Version} not written, the store has it or a newer one");
            }
        }
    }

    public void Failed(Exception exception, int items)
    {
        lock (_gate)
        {
            FailedWrites += items;
            if (_failure is null)
            {
                print($"{store}: cannot be written, trying again: {exception.Message}");
            }

            _failure = exception.Message;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                print($"{store}: can be written again");
                _failure = null;
            }
        }
    }

    private static string Describe(SerializedItem item) =>
        $"{item.Kind.Noun()} {item.Key}: {(item.Item.Deleted ? "deleted, " : "")}version {item.Item.Version}";

    private List<string> Changes(IReadOnlyList<SerializedItem> items)
    {
        List<string> lines = [];
        var left = new HashSet<(DataKind, string)>(_known.Keys);
        foreach (var item in items)
        {
            left.Remove((item.Kind, item.Key));
            if (!_known.TryGetValue((item.Kind, item.Key), out var known) || !known.Item.SerializedItem.Span.SequenceEqual(item.Item.SerializedItem.Span))
            {
                lines.Add(Describe(item));
            }
        }

        lines.AddRange(left.Select(static gone => $"{gone.Item1.Noun()} {gone.Item2}: removed"));
        return lines;
    }
}
