namespace Halyard.Tests.Support;

/// <summary>Things that happened, in order, with a way to wait for the next. Thread-safe.</summary>
internal sealed class Journal<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _entries = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<T> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public void Add(T entry)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _entries.Add(entry);
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    /// <summary>Forgets what happened so far.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }

    /// <summary>Waits for the n-th entry, counted from one.</summary>
    public async Task<T> EntryAsync(int number)
    {
        await UntilAsync(entries => entries.Count >= number);
        return Entries[number - 1];
    }

    public async Task UntilAsync(Func<IReadOnlyList<T>, bool> condition)
    {
        while (true)
        {
            Task changed;
            List<T> entries;
            lock (_gate)
            {
                changed = _changed.Task;
                entries = [.. _entries];
            }

            if (condition(entries))
            {
                return;
            }

            try
            {
                await changed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"After 30 seconds there were {entries.Count} entries: {string.Join(" | ", entries)}");
            }
        }
    }
}
