using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Tells people of items that could not be understood: a line in the log for each version, a counter, and the list that the
/// data source's status shows. Pushed data is followed as a whole; a store of Lazy Load tells of single items. Never throws.
/// Thread-safe.
/// </summary>
/// <param name="logger">Where to log.</param>
/// <param name="time">The clock, for the limit on lines.</param>
/// <param name="report">Told of the list, cut off at <see cref="MaxListed"/>, and of the number of all.</param>
/// <param name="metrics">What counts; null for a client without a name.</param>
internal sealed partial class QuarantineLedger(
    ILogger logger, TimeProvider time, Action<IReadOnlyList<QuarantinedItem>, int>? report = null, ClientMetrics? metrics = null)
{
    /// <summary>How many items the list shows.</summary>
    public const int MaxListed = 1000;

    /// <summary>How many versions are remembered as logged, beside those that are in quarantine.</summary>
    private const int MaxLogged = 10_000;

    private readonly Lock _gate = new();
    private readonly ClientMetrics _metrics = metrics ?? ClientMetrics.Unnamed;
    private readonly LineBudget _budget = new(time);

    // Guarded by _gate. What was logged, though it may have left the quarantine since; all is forgotten when it is full.
    private readonly HashSet<(DataKind Kind, string Key, long Version)> _logged = [];

    // Guarded by _gate. What pushed data has in quarantine, and what a store has.
    private Quarantine _pushed = Quarantine.Empty;
    private Quarantine _stored = Quarantine.Empty;

    // Guarded by _gate. Items without a line of their own since the last summary.
    private long _unlogged;

    /// <summary>Follows a change of pushed data.</summary>
    /// <param name="now">Gives what is in quarantine now. It is asked under the lock, so that the last caller tells the last state.</param>
    /// <param name="before">What was there before the change.</param>
    /// <param name="added">What the change brought.</param>
    public void Follow(Func<Quarantine> now, Quarantine before, IEnumerable<MalformedItem> added)
    {
        lock (_gate)
        {
            _pushed = now();
            foreach (var item in added)
            {
                // What is there again in the same version was logged when it came.
                if (item.Repeats(_pushed.Find(item.Kind, item.Key)) && !item.Repeats(before.Find(item.Kind, item.Key)))
                {
                    Note(item);
                }
            }

            Publish();
        }
    }

    /// <summary>A store holds an item that cannot be understood. It has been logged and counted.</summary>
    public void AddStored(MalformedItem item)
    {
        lock (_gate)
        {
            _stored = _stored.With(item);
            _metrics.Add(_metrics.Instruments.QuarantinedItems);
            Publish();
        }
    }

    /// <summary>A store holds a good item again, or none.</summary>
    public void RemoveStored(DataKind kind, string key)
    {
        lock (_gate)
        {
            var without = _stored.Without(kind, key);
            if (!ReferenceEquals(without, _stored))
            {
                _stored = without;
                Publish();
            }
        }
    }

    /// <summary>Of the items of a kind that a store holds, only these cannot be understood.</summary>
    public void KeepStored(DataKind kind, IReadOnlyCollection<string> malformed)
    {
        lock (_gate)
        {
            var keys = malformed.ToHashSet(StringComparer.Ordinal);
            var kept = _stored;
            foreach (var item in kept.Items.Where(item => item.Kind == kind && !keys.Contains(item.Key)).ToList())
            {
                kept = kept.Without(kind, item.Key);
            }

            if (!ReferenceEquals(kept, _stored))
            {
                _stored = kept;
                Publish();
            }
        }
    }

    // Under the lock.
    private void Note(MalformedItem item)
    {
        _metrics.Add(_metrics.Instruments.QuarantinedItems);
        if (item.HasVersion && !_logged.Add((item.Kind, item.Key, item.Version)))
        {
            return;
        }

        if (_logged.Count > MaxLogged)
        {
            _logged.Clear();
        }

        try
        {
            switch (_budget.Take())
            {
                case LineBudget.Answer.Line:
                    LogSummary();
                    LogQuarantined(logger, KindName(item.Kind), item.Key, item.HasVersion ? item.Version : null, item.Path, item.Problem);
                    break;
                case LineBudget.Answer.LastLine:
                    _unlogged++;
                    LogTooMany(logger, LineBudget.LinesAMinute, _pushed.Count + _stored.Count);
                    break;
                default:
                    _unlogged++;
                    break;
            }
        }
        catch (Exception)
        {
            // A logger that fails must not end a stream.
        }
    }

    // Under the lock.
    private void LogSummary()
    {
        if (_unlogged != 0)
        {
            var count = _unlogged;
            _unlogged = 0;
            LogUnlogged(logger, count);
        }
    }

    // Under the lock, so that the status shows the last state.
    private void Publish()
    {
        var listed = new List<QuarantinedItem>(Math.Min(_pushed.Count + _stored.Count, MaxListed));
        foreach (var item in _pushed.Items.Concat(_stored.Items).Take(MaxListed))
        {
            listed.Add(item.Description);
        }

        listed.Sort(static (a, b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : string.CompareOrdinal(a.Key, b.Key));
        report?.Invoke(listed.AsReadOnly(), _pushed.Count + _stored.Count);
    }

    private static string KindName(DataKind kind) => kind == DataKind.Flag ? "Flag" : "Segment";

    [LoggerMessage(1, LogLevel.Error, "{Kind} \"{Key}\" (version {Version}) cannot be understood and is quarantined; the last good version, if there is one, stays in force. Fault at {Path}: {Problem}")]
    private static partial void LogQuarantined(ILogger logger, string kind, string key, long? version, string path, string problem);

    [LoggerMessage(2, LogLevel.Error, "More than {Limit} items within a minute cannot be understood; further ones are counted without a line each. In quarantine now: {Count}")]
    private static partial void LogTooMany(ILogger logger, int limit, int count);

    [LoggerMessage(3, LogLevel.Error, "{Count} more items could not be understood and have no line of their own")]
    private static partial void LogUnlogged(ILogger logger, long count);
}
