namespace Halyard.Cli;

/// <summary>One flag under watch.</summary>
/// <param name="Key">The flag.</param>
/// <param name="Now">What it gives now; null while there is no such flag.</param>
/// <param name="Before">What it gave before the last change; null at first, or when there was no such flag.</param>
/// <param name="ChangedAt">When it last changed; null when it has not since the watch began.</param>
internal sealed record WatchedFlag(string Key, FlagReading? Now, FlagReading? Before, DateTimeOffset? ChangedAt)
{
    /// <summary>The change in words, such as <c>false → true</c>.</summary>
    public string Change => (Before, Now) switch
    {
        (null, null) => "",
        (null, { } now) => $"new: {now.Value}",
        ({ } before, null) => $"{before.Value} → deleted",
        var (before, now) when before.Value != now.Value => $"{before.Value} → {now.Value}",
        var (before, now) when before.Reason != now.Reason => $"{now.Value}, by {before.Reason} → {now.Reason}",
        _ => $"{Now!.Value}, as before",
    };
}

/// <summary>Compares readings over time. Not thread-safe.</summary>
/// <param name="chosen">The flags to watch; none means all there are.</param>
internal sealed class WatchBoard(IReadOnlyCollection<string> chosen)
{
    private readonly SortedDictionary<string, WatchedFlag> _flags = new(StringComparer.Ordinal);
    private bool _started;

    /// <summary>The flags, the latest change first, then by key.</summary>
    public IEnumerable<WatchedFlag> Flags =>
        _flags.Values.OrderByDescending(static flag => flag.ChangedAt ?? DateTimeOffset.MinValue);

    /// <summary>Takes the readings of now and gives the flags that changed; the first call only fills the board.</summary>
    public IReadOnlyList<WatchedFlag> Update(IReadOnlyDictionary<string, FlagReading> readings, DateTimeOffset time)
    {
        var changed = new List<WatchedFlag>();
        IEnumerable<string> keys = chosen.Count != 0 ? chosen : _flags.Keys.Union(readings.Keys, StringComparer.Ordinal).ToList();
        foreach (var key in keys)
        {
            var now = readings.GetValueOrDefault(key);
            var known = _flags.GetValueOrDefault(key);
            if (!_started)
            {
                _flags[key] = new(key, now, null, null);
            }
            else if (known?.Now != now)
            {
                changed.Add(_flags[key] = new(key, now, known?.Now, time));
            }
        }

        _started = true;
        return changed;
    }
}
