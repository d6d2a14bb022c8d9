namespace Halyard;

/// <summary>
/// A persistent store in one SQLite file. Any number of processes may read it while one or more write. Readers see each
/// write as a whole. The file, and its folder, are made by the first writer;
/// the file, and those that SQLite makes beside it, for their owner alone (0600), unless the file is there already.
/// </summary>
/// <remarks>
/// A file in a folder that this process may not write, on a read-only disk for instance, is read through a private copy in
/// the folder for temporary files, if SQLite cannot read it in place. The copy takes as much room as the file, for each of
/// the two connections of a reader; it is of one moment, and is made anew at the first read after the file has changed. A
/// file that changes all the time while it is copied cannot be read so.
/// </remarks>
public sealed class SqliteStore : IPersistentStore, IBigSegmentStoreFactory
{
    /// <summary>Names a file.</summary>
    /// <param name="path">The file's path; relative ones count from the current directory.</param>
    /// <exception cref="ArgumentException">The path is empty or not a path.</exception>
    public SqliteStore(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Keeps several environments apart in one file. Default: empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>How long to wait while another process holds the file's lock. Default: 5 seconds; below one second counts as one second.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a reader looks whether anybody has written, which costs some microseconds. Default: 100 ms; from 10 ms to
    /// one hour.
    /// </summary>
    public TimeSpan ChangeCheckInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public ISerializedDataReader CreateReader(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (ChangeCheckInterval < TimeSpan.FromMilliseconds(10) || ChangeCheckInterval > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"SqliteStore.ChangeCheckInterval is {ChangeCheckInterval}; it must be from 10 ms to one hour.");
        }

        return new SqliteStoreReader(Settings(), ChangeCheckInterval, context.TimeProvider);
    }

    /// <inheritdoc/>
    public ISerializedDataWriter CreateWriter(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new SqliteStoreWriter(Settings());
    }

    /// <summary>Opens the file for reading big segments; for <see cref="BigSegmentsOptions"/>. Does not wait for it.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentStore OpenBigSegments(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new SqliteBigSegmentStore(Settings());
    }

    /// <summary>
    /// Opens the file for writing big segments. They are kept beside the flag data, each prefix its own, and are not
    /// touched when that is replaced. The changes of one call become visible at once.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentWriter OpenBigSegmentWriter(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new SqliteBigSegmentWriter(Settings());
    }

    private SqliteSettings Settings()
    {
        if (Directory.Exists(Path))
        {
            throw new ArgumentException($"The SQLite file '{Path}' is a folder; give the path of a file.");
        }

        if (Prefix is null)
        {
            throw new ArgumentException("SqliteStore.Prefix is null; for no prefix leave it empty.");
        }

        if (BusyTimeout < TimeSpan.Zero || BusyTimeout > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"SqliteStore.BusyTimeout is {BusyTimeout}; it must be from zero to one hour.");
        }

        return new SqliteSettings(Path, Prefix, BusyTimeout < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : BusyTimeout);
    }
}

internal sealed record SqliteSettings(string Path, string Prefix, TimeSpan BusyTimeout);
