namespace Halyard.DataSystems.Sources.Files;

/// <summary>The watchers of the directories that files are in. A watcher that cannot be had is tried again at each call. For one thread.</summary>
/// <param name="paths">How paths compare.</param>
/// <param name="watch">Makes a watcher.</param>
/// <param name="onEvent">Told of each path that something happened to, on any thread.</param>
/// <param name="onError">Told when a watcher broke, on any thread.</param>
/// <param name="onFailed">Told of each directory that cannot be watched.</param>
internal sealed class DirectoryWatchers(
    StringComparer paths, WatchDirectory watch, Action<string> onEvent, Action<Exception> onError, Action<string, Exception> onFailed)
{
    private readonly Dictionary<string, IDisposable> _watchers = new(paths);

    /// <summary>Drops the watchers of directories that are gone or not asked for, and makes those that are missing.</summary>
    /// <param name="directories">The directories to watch.</param>
    /// <param name="make">Whether to make the missing ones.</param>
    /// <returns>Whether all are watched.</returns>
    public bool Follow(HashSet<string> directories, bool make)
    {
        foreach (var gone in _watchers.Keys.Where(directory => !directories.Contains(directory) || !Directory.Exists(directory)).ToArray())
        {
            Drop(gone);
        }

        var complete = true;
        foreach (var directory in directories)
        {
            if (_watchers.ContainsKey(directory))
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
                _watchers.Add(directory, watch(directory, onEvent, onError));
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
        foreach (var directory in _watchers.Keys.ToArray())
        {
            Drop(directory);
        }
    }

    private void Drop(string directory)
    {
        if (_watchers.Remove(directory, out var watcher))
        {
            watcher.Dispose();
        }
    }
}
