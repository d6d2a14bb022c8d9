namespace Halyard.Fuzzing.Targets;

/// <summary>A file of this process alone, in memory where there is such a place: some readers take a path.</summary>
internal static class ScratchFile
{
    private static readonly string Folder = MakeFolder();

    /// <summary>The path of a file of the calling thread.</summary>
    public static string Path(string extension) => System.IO.Path.Combine(Folder, $"{Environment.CurrentManagedThreadId}{extension}");

    private static string MakeFolder()
    {
        var root = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        var folder = System.IO.Path.Combine(root, $"halyard-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
