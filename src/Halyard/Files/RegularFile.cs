using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Halyard.Files;

/// <summary>
/// Opens files and nothing else: a named pipe in a file's place would hold up whoever opens it for ever, and a device may do
/// anything. It is looked at before and after it is opened, so that a swap in between is seen as well.
/// </summary>
internal static partial class RegularFile
{
    /// <summary>What a message says of a link that is not followed.</summary>
    public const string LinkProblem = "it is a symbolic link, which is not followed";

    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int ExclusiveAtOnce = 2 | 4;
    private const int Interrupted = 4;

    /// <summary>Opens a file for reading, whatever others do with it meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followLinks">Whether a symbolic link at the path's end may lead to it.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It is no file, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenRead(string path, bool followLinks)
    {
        Check(path, FileKinds.Of(path, followLinks));
        return IsUnix
            ? OpenUnix(path, ReadOnly, followLinks)
            : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
    }

    /// <summary>Deletes a file that nobody has open and locked. Follows no link.</summary>
    /// <exception cref="IOException">It is open, or no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be deleted.</exception>
    public static void DeleteUnlessOpen(string path)
    {
        Check(path, FileKinds.Of(path, followLinks: false));
        using var lockedByNobody = IsUnix ? OpenUnix(path, WriteOnly, followLinks: false) : File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.Delete);
        if (IsUnix && Lock((int)lockedByNobody.DangerousGetHandle(), ExclusiveAtOnce) != 0)
        {
            throw new IOException($"'{path}' is in use.");
        }

        File.Delete(path);
    }

    private static bool IsUnix => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    private static SafeFileHandle OpenUnix(string path, int access, bool followLinks)
    {
        // Close on execute; do not wait for a pipe's other end; become no terminal's process; follow no link.
        var flags = access | (OperatingSystem.IsLinux() ? 0x80000 | 0x800 | 0x100 : 0x1000000 | 0x4 | 0x20000);
        if (!followLinks)
        {
            flags |= NoFollow;
        }

        int number;
        do
        {
            number = Open(path, flags);
        }
        while (number < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        if (number < 0)
        {
            throw Failure(path, Marshal.GetLastPInvokeError());
        }

        var handle = new SafeFileHandle(number, ownsHandle: true);
        try
        {
            Check(path, FileKinds.Of(number));
            return IsSeekable(number) ? handle : throw NoFile(path, FileKinds.SpecialProblem);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // What cannot be sought in is a pipe or a socket, on systems that say no more.
    private static bool IsSeekable(int number) => Seek(number, 0, 1) >= 0;

    private static int NoFollow => !OperatingSystem.IsLinux() ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Ppc64le ? 0x8000 : 0x20000;

    private static void Check(string path, FileKind kind)
    {
        switch (kind)
        {
            case FileKind.None:
                throw new FileNotFoundException($"'{path}' does not exist.", path);
            case FileKind.Folder:
                throw new UnauthorizedAccessException($"'{path}' is a folder.");
            case FileKind.Link:
                throw NoFile(path, LinkProblem);
            case FileKind.Special:
                throw NoFile(path, FileKinds.SpecialProblem);
        }
    }

    private static Exception Failure(string path, int error) => error switch
    {
        2 or 20 => new FileNotFoundException($"'{path}' does not exist.", path),
        1 or 13 => new UnauthorizedAccessException($"Access to '{path}' is denied."),
        6 => NoFile(path, FileKinds.SpecialProblem),
        _ => new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'."),
    };

    private static IOException NoFile(string path, string problem) => new($"'{path}' is not opened: {problem}.");

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Seek(int handle, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(int handle, int operation);
}
