using System.Runtime.InteropServices;

namespace Halyard.Simulation.World;

/// <summary>A disk that is full after so many bytes of a file: the system's own limit on the size of files, where there is one.</summary>
internal static partial class FileLimit
{
    private const int FileSize = 1;
    private const int TooLarge = 25;

    private static bool _isReady;

    /// <summary>Does something while no file may grow beyond the limit.</summary>
    public static void Run(long bytes, Action action)
    {
        if (!OperatingSystem.IsLinux())
        {
            action();
            return;
        }

        if (!_isReady)
        {
            // Who writes on is to get an error, and not a signal that ends the process.
            Signal(TooLarge, 1);
            _isReady = true;
        }

        if (Get(FileSize, out var before) != 0)
        {
            throw new InvalidOperationException("The limit of files cannot be read.");
        }

        var limited = before with { Current = (nuint)bytes };
        _ = Set(FileSize, in limited);
        try
        {
            action();
        }
        finally
        {
            _ = Set(FileSize, in before);
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint handler);

    private record struct Limit(nuint Current, nuint Most);
}
