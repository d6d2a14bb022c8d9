using Microsoft.Data.Sqlite;

namespace Halyard;

/// <summary>Who may do what with a file of the store.</summary>
internal static class SqliteFileRights
{
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Refuses what SQLite would wait for without end when it opens it: a named pipe or a device, also beside the file.</summary>
    /// <exception cref="IOException">There is something of the kind.</exception>
    public static void RequireFile(string path)
    {
        foreach (var name in (ReadOnlySpan<string>)[path, path + "-wal", path + "-shm", path + "-journal"])
        {
            if (FileKinds.Of(name) == FileKind.Special)
            {
                throw new IOException($"The SQLite file '{name}' is not opened: {FileKinds.SpecialProblem}.");
            }
        }
    }

    /// <summary>
    /// Makes the file, for its owner alone, if there is none: flag data may name people. SQLite gives the files that it
    /// makes beside it the same rights. Those of a file that exists are left as they are.
    /// </summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
        {
            return;
        }

        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = Owner,
            });

            // The process's mask may have taken rights away.
            File.SetUnixFileMode(file.SafeFileHandle, Owner);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster.
        }
    }

    /// <summary>
    /// Whether a file could not be read because the index that its readers share cannot be made beside it, in a folder
    /// that this process may not write.
    /// </summary>
    public static bool CannotShare(SqliteException e, string path) =>
        e.SqliteErrorCode is ReadOnly or CannotOpen && File.Exists(path) && IsReadable(path) && !MayCreateBeside(path);

    private static bool IsReadable(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool MayCreateBeside(string path)
    {
        try
        {
            using var probe = new FileStream(
                $"{path}-probe-{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
