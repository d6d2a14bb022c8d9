using System.Text.Json;

namespace Halyard.Benchmarks.Naive;

/// <summary>Flags and segments in dictionaries under one lock, and an event for whoever wants to know of changes.</summary>
internal sealed class NaiveStore
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly object _lock = new();
    private Dictionary<string, NaiveFlag> _flags = [];
    private Dictionary<string, NaiveSegment> _segments = [];

    /// <summary>Raised on the writer's thread, with the keys of the flags that changed.</summary>
    public event EventHandler<NaiveChange>? Changed;

    /// <summary>Replaces everything by a payload, <c>{"flags":{...},"segments":{...}}</c>.</summary>
    public void Init(string json)
    {
        var payload = JsonSerializer.Deserialize<NaivePayload>(json, Json)!;
        lock (_lock)
        {
            (_flags, _segments) = (payload.Flags, payload.Segments);
        }

        Changed?.Invoke(this, new(Flags().Select(static flag => flag.Key).ToList()));
    }

    /// <summary>Stores one flag, if it is newer than the one stored; a tombstone too.</summary>
    public bool UpsertFlag(string key, string json)
    {
        var flag = JsonSerializer.Deserialize<NaiveFlag>(json, Json)!;
        List<string> dependents;
        lock (_lock)
        {
            if (_flags.TryGetValue(key, out var stored) && stored.Version >= flag.Version)
            {
                return false;
            }

            _flags[key] = flag;
            if (Changed is null)
            {
                return true;
            }

            dependents = Dependents(key);
        }

        Changed?.Invoke(this, new(dependents));
        return true;
    }

    /// <summary>Fills the store with copies of the data that it holds, up to so many flags.</summary>
    public void GrowTo(int flags)
    {
        lock (_lock)
        {
            var originals = _flags.ToList();
            for (var i = 0; _flags.Count < flags; i++)
            {
                var (key, flag) = originals[i % originals.Count];
                _flags[$"{key}-copy-{i}"] = flag;
            }
        }
    }

    public NaiveFlag? Flag(string key)
    {
        lock (_lock)
        {
            return _flags.TryGetValue(key, out var flag) && !flag.Deleted ? flag : null;
        }
    }

    public NaiveSegment? Segment(string key)
    {
        lock (_lock)
        {
            return _segments.TryGetValue(key, out var segment) && !segment.Deleted ? segment : null;
        }
    }

    public List<NaiveFlag> Flags()
    {
        lock (_lock)
        {
            return _flags.Values.Where(static flag => !flag.Deleted).ToList();
        }
    }

    /// <summary>A flag and all that depend on it by prerequisites, found by looking through all.</summary>
    private List<string> Dependents(string key)
    {
        var found = new List<string> { key };
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(_flags
                .Where(flag => flag.Value.Prerequisites.Any(prerequisite => prerequisite.Key == found[i]) && !found.Contains(flag.Key))
                .Select(static flag => flag.Key)
                .ToList());
        }

        return found;
    }
}

/// <summary>Which flags may evaluate differently.</summary>
internal sealed class NaiveChange(List<string> keys) : EventArgs
{
    public List<string> Keys { get; } = keys;
}
