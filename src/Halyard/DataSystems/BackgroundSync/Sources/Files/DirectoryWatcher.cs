namespace Halyard.DataSystems.Sources.Files;

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
