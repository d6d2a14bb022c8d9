namespace Halyard.DataSystems.Sources.Files;

/// <summary>The watchers of the directories that files are in. A watcher that cannot be had is tried again at each call. For one thread, but for the end.</summary>
/// <param name="paths">How paths compare.</param>
/// <param name="watch">Makes a watcher.</param>
/// <param name="onEvent">Told of each path that something happened to, on any thread.</param>
/// <param name="onError">Told when a watcher broke, on any thread.</param>
/// <param name="onFailed">Told of each directory that cannot be watched.</param>
internal sealed class DirectoryWatchers(
    StringComparer paths, WatchDirectory watch, Action<string> onEvent, Action<Exception> onError, Action<string, Exception> onFailed) : IDisposable
{
    private readonly Lock _gate = new();

    // Guarded by _gate, since an end that went on without the thread may come while it makes a watcher.
    private readonly Dictionary<string, IDisposable> _watchers = new(paths);
    private bool _disposed;

    /// <summary>Drops the watchers of directories that are gone or not asked for, and makes those that are missing.</summary>
    /// <param name="directories">The directories to watch.</param>
    /// <param name="make">Whether to make the missing ones.</param>
    /// <returns>Whether all are watched.</returns>
    public bool Follow(HashSet<string> directories, bool make)
    {
        foreach (var gone in Watched().Where(directory => !directories.Contains(directory) || !Directory.Exists(directory)))
        {
            Drop(gone);
        }

        var complete = true;
        foreach (var directory in directories)
        {
            if (Watches(directory))
            {
                continue;
            }

            if (!make)
            {
                complete = false;
                continue;
            }

            try
            {
                Keep(directory, watch(directory, onEvent, onError));
            }
            catch (Exception exception)
            {
                complete = false;
                onFailed(directory, exception);
            }
        }

        return complete;
    }

    /// <summary>Ends all watchers; <see cref="Follow"/> makes new ones.</summary>
    public void DropAll()
    {
        foreach (var directory in Watched())
        {
            Drop(directory);
        }
    }

    /// <summary>Ends all watchers, and those that are made from here on as soon as they are. On any thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        DropAll();
    }

    private string[] Watched()
    {
        lock (_gate)
        {
            return [.. _watchers.Keys];
        }
    }

    private bool Watches(string directory)
    {
        lock (_gate)
        {
            return _disposed || _watchers.ContainsKey(directory);
        }
    }

    private void Keep(string directory, IDisposable watcher)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _watchers.Add(directory, watcher);
                return;
            }
        }

        watcher.Dispose();
    }

    private void Drop(string directory)
    {
        IDisposable? watcher;
        lock (_gate)
        {
            _watchers.Remove(directory, out watcher);
        }

        watcher?.Dispose();
    }
}
