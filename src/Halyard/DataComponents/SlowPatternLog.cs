using System.Collections.Concurrent;
using Halyard.DataModel.Clauses;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Logs, once for each flag and segment, the regular expressions that may run away. An evaluation that such an expression
/// holds up ends as no match, which nobody could explain otherwise. Thread-safe; takes no lock.
/// </summary>
internal sealed partial class SlowPatternLog(ILogger logger)
{
    // Enough for any data; what is beyond it is logged by nobody, so that no service can make this grow.
    private const int MostItems = 10_000;

    // By item, what was logged of it last.
    private readonly ConcurrentDictionary<(DataKind Kind, string Key), string> _logged = new();

    /// <summary>Looks through everything in memory.</summary>
    public void Note(DataSnapshot snapshot)
    {
        // Looking takes a millisecond for ten thousand flags, so it is not done for nothing.
        if (!PatternTest.AnySlow)
        {
            return;
        }

        foreach (var flag in snapshot.Flags)
        {
            Look(flag);
        }

        foreach (var segment in snapshot.Segments)
        {
            Look(segment);
        }
    }

    /// <summary>Looks through items.</summary>
    public void Note(ReadOnlySpan<ItemDescriptor> items)
    {
        if (PatternTest.AnySlow)
        {
            foreach (var item in items)
            {
                Look(item);
            }
        }
    }

    private void Look(ItemDescriptor item)
    {
        if (!DataProblems.HasSlowPattern(item))
        {
            return;
        }

        var problems = string.Join("; ", DataProblems.SlowPatternsOf(item));
        var key = (item.Kind, item.Key);
        if ((_logged.TryGetValue(key, out var last) && last == problems) || (last is null && _logged.Count >= MostItems))
        {
            return;
        }

        _logged[key] = problems;
        LogSlow(logger, item.Kind == DataKind.Flag ? "Flag" : "Segment", item.Key, problems);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Kind} \"{Key}\" has a regular expression that may run away; its searches have 1 ms in an evaluation, which does not match when the time is up: {Problems}")]
    private static partial void LogSlow(ILogger logger, string kind, string key, string problems);
}
