namespace Halyard;

/// <summary>
/// A private copy of a file that SQLite cannot open where it is: one in WAL mode in a folder that this process may not
/// write, so that the index beside the file can neither be made nor shared. The copy is of one moment, in the folder for
/// temporary files, readable by this user alone, and deleted with this.
/// </summary>
internal sealed class SqliteCopy : IDisposable
{
    private const int MaxAttempts = 3;

    private readonly string _original;
    private readonly DirectoryInfo _folder;
    private readonly (long, DateTime, long, DateTime, bool) _stamp;

    private SqliteCopy(string original, DirectoryInfo folder, (long, DateTime, long, DateTime, bool) stamp)
    {
        _original = original;
        _folder = folder;
        _stamp = stamp;
    }

    public string Path => System.IO.Path.Combine(_folder.FullName, "copy.db");

    /// <summary>Whether the file is still as it was when it was copied.</summary>
    public bool IsCurrent => StampOf(_original) == _stamp;

    /// <summary>Copies the file, and what was written and is not in it yet.</summary>
    /// <exception cref="IOException">It changes all the time, or there is no room.</exception>
    public static SqliteCopy Make(string original)
    {
        for (var attempt = 1; ; attempt++)
        {
            var stamp = StampOf(original);
            var folder = Directory.CreateTempSubdirectory("halyard-sqlite-");
            var copy = new SqliteCopy(original, folder, stamp);
            try
            {
                SqliteFileRights.RequireFile(original);
                CopyFile(original, copy.Path);
                if (stamp.LogLength > 0)
                {
                    CopyFile(original + "-wal", copy.Path + "-wal");
                }

                // What changed meanwhile may be half in the copy.
                if (copy.IsCurrent)
                {
                    return copy;
                }
            }
            catch
            {
                copy.Dispose();
                throw;
            }

            copy.Dispose();
            if (attempt == MaxAttempts)
            {
                throw new IOException($"The SQLite file '{original}' is in a read-only folder and was changed each time while it was copied.");
            }
        }
    }

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in the folder that the system empties.
        }
    }

    private static void CopyFile(string from, string to)
    {
        File.Copy(from, to);
        if (!OperatingSystem.IsWindows())
        {
            // The original's rights came with it, and it may be read-only.
            File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>What tells that a file has been written.</summary>
    private static (long Length, DateTime WrittenAt, long LogLength, DateTime LogWrittenAt, bool HasIndex) StampOf(string path)
    {
        var file = new FileInfo(path);
        var log = new FileInfo(path + "-wal");
        return (
            file.Exists ? file.Length : -1, file.LastWriteTimeUtc, log.Exists ? log.Length : 0, log.LastWriteTimeUtc, File.Exists(path + "-shm"));
    }
}
