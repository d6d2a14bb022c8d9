using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Halyard;

/// <summary>
/// Asks the system what a name stands for, which .NET does not tell: to open a named pipe waits until somebody writes to it.
/// </summary>
internal static partial class FileKinds
{
    /// <summary>What <see cref="FileKind.Special"/> is called in messages.</summary>
    public const string SpecialProblem = "it is a named pipe, a socket or a device and no file";

    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const int TheHandleItself = 0x1000;
    private const uint TypeAlone = 1;
    private const int NoEntry = 2;
    private const int NoFolder = 20;

    // The structure of statx is the same on every architecture: 256 bytes, the mode at offset 28.
    private const int StatLength = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;

    /// <summary>What a path leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a link at the path's end counts as what it leads to.</param>
    public static FileKind Of(string path, bool followLinks = true) => OperatingSystem.IsLinux()
        ? Ask(CurrentDirectory, path, followLinks ? 0 : DoNotFollow)
        : ByAttributes(path, followLinks);

    /// <summary>What an open handle of the system is of.</summary>
    public static FileKind Of(int handle) => OperatingSystem.IsLinux() ? Ask(handle, "", TheHandleItself) : FileKind.Unknown;

    private static unsafe FileKind Ask(int directory, string path, int flags)
    {
        var status = stackalloc byte[StatLength];
        new Span<byte>(status, StatLength).Clear();
        try
        {
            if (Status(directory, path, flags, TypeAlone, status) != 0)
            {
                return Marshal.GetLastPInvokeError() is NoEntry or NoFolder ? FileKind.None : FileKind.Unknown;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return FileKind.Unknown; // A library older than the call.
        }

        return (BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(status + ModeOffset, sizeof(ushort))) & TypeMask) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            0 => FileKind.Unknown,
            _ => FileKind.Special,
        };
    }

    private static FileKind ByAttributes(string path, bool followLinks)
    {
        var file = new FileInfo(path);
        return !followLinks && file.LinkTarget is not null ? FileKind.Link
            : Directory.Exists(path) ? FileKind.Folder
            : file.Exists ? FileKind.Unknown
            : FileKind.None;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Status(int directory, string path, int flags, uint mask, byte* status);
}
