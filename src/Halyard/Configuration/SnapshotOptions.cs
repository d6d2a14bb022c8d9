namespace Halyard;

/// <summary>
/// Keeps the last good data in one file. The next start reads it before it asks the network, so that it serves last
/// known data within milliseconds; once the network delivers, that replaces it. The file is replaced as a whole: a
/// crash at any moment leaves the older or the newer data.
/// </summary>
public sealed class SnapshotOptions
{
    /// <summary>Makes options without a path, to be set.</summary>
    public SnapshotOptions()
    {
    }

    /// <summary>Makes the options of a file.</summary>
    /// <param name="path">The file; see <see cref="Path"/>.</param>
    public SnapshotOptions(string path) => Path = path;

    /// <summary>
    /// The file. Each environment needs its own; its directory is made when it is missing. It holds the flag data as
    /// it is, targeted keys included, and is readable by its owner only (on Windows: as its directory says). A symbolic
    /// link under this name is not followed: nothing is read through it, and the next save replaces it and leaves what it
    /// leads to as it is. Links in the path before the name are followed. A named pipe, a socket or a device is neither
    /// opened nor replaced.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>
    /// How long after a change the file is written, and so how often at most. Default: 10 seconds. Zero writes after
    /// every change. Disposal of the client writes what is left. A save that failed, on a full disk for instance, is tried
    /// again after a second and then at distances that double up to 5 minutes, as well as after changes; the file stays what
    /// it was.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether <see cref="Client.StartAsync(CancellationToken)"/> waits for the network also when a snapshot was loaded, for at most
    /// <see cref="ClientOptions.StartTimeout"/>. Default: false, the start returns as soon as the snapshot is loaded.
    /// </summary>
    public bool WaitForFreshData { get; set; }

    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
        {
            throw new ArgumentException("SnapshotOptions.Path is empty; it must name the file to keep the data in.");
        }

        if (Path.Contains('\0') || System.IO.Path.GetFileName(System.IO.Path.GetFullPath(Path)).Length == 0)
        {
            throw new ArgumentException($"SnapshotOptions.Path is '{Path.Replace("\0", "\\0", StringComparison.Ordinal)}', which names no file.");
        }

        if (Interval < TimeSpan.Zero || Interval > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"SnapshotOptions.Interval is {Interval}; it must be from zero to one day.");
        }
    }
}
