namespace Halyard.DataSystems.Sources.Files;

/// <summary>Starts to watch a directory until the result is disposed.</summary>
/// <param name="directory">The directory; not those below it.</param>
/// <param name="onEvent">Told the full path of what was written, created, renamed (both names) or deleted.</param>
/// <param name="onError">Told that events may have been lost, or that there will be no more.</param>
/// <exception cref="IOException">The directory does not exist, or the system's limit of watches is reached.</exception>
internal delegate IDisposable WatchDirectory(string directory, Action<string> onEvent, Action<Exception> onError);
