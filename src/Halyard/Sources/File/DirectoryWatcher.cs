namespace Halyard;

/// <summary>Starts to watch a directory until the result is disposed.</summary>
/// <param name="directory">The directory; not those below it.</param>
/// <param name="onEvent">Told the full path of what was written, created, renamed (both names) or deleted.</param>
/// <param name="onError">Told that events may have been lost, or that there will be no more.</param>
/// <exception cref="IOException">The directory does not exist, or the system's limit of watches is reached.</exception>
internal delegate IDisposable WatchDirectory(string directory, Action<string> onEvent, Action<Exception> onError);

/// <summary>Watches by the operating system's file events.</summary>
internal static class DirectoryWatcher
{
    public static IDisposable Watch(string directory, Action<string> onEvent, Action<Exception> onError)
    {
        FileSystemWatcher watcher;
        try
        {
            watcher = new FileSystemWatcher(directory);
        }
        catch (ArgumentException exception)
        {
            throw new DirectoryNotFoundException(exception.Message, exception);
        }

        try
        {
            watcher.NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size;
            watcher.Changed += (_, e) => onEvent(e.FullPath);
            watcher.Created += (_, e) => onEvent(e.FullPath);
            watcher.Deleted += (_, e) => onEvent(e.FullPath);
            watcher.Renamed += (_, e) =>
            {
                onEvent(e.OldFullPath);
                onEvent(e.FullPath);
            };
            watcher.Error += (_, e) => onError(e.GetException());
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch
        {
            watcher.Dispose();
            throw;
        }
    }
}
