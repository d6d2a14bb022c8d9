using System.Runtime.InteropServices;

namespace Halyard.DataComponents;

/// <summary>
/// Has a renamed file's new name reach the disk. .NET opens no directories, so the system is asked directly; where that
/// does not work, a power failure may bring back the older file, which is whole as well.
/// </summary>
internal static partial class DirectorySync
{
    public static void Flush(string directory)
    {
        // Windows keeps the order of renames in its journal.
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        const int ReadOnly = 0;
        var closeOnExecute = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;
        var handle = Open(directory, ReadOnly | closeOnExecute);
        if (handle >= 0)
        {
            _ = Synchronise(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronise(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
