using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;
using Halyard.Files;
using Microsoft.Win32.SafeHandles;

namespace Halyard.DataComponents;

/// <summary>Reads and replaces a snapshot file. One call at a time; several processes may share the file.</summary>
internal sealed class SnapshotFile
{
    private const int NameLength = 8;
    private const string Ending = ".tmp";

    private static readonly SearchValues<char> LowercaseHex = SearchValues.Create("0123456789abcdef");

    private readonly string _directory;
    private readonly byte[] _environment;
    private bool _tidied;

    /// <param name="path">The file.</param>
    /// <param name="sdkKey">The key of the environment whose data it is.</param>
    public SnapshotFile(string path, string sdkKey)
    {
        // Relative to the current directory of now, not to that of some later save.
        Path = System.IO.Path.GetFullPath(path);
        _directory = System.IO.Path.GetDirectoryName(Path) ?? Path;
        _environment = SnapshotHeader.EnvironmentOf(sdkKey);
    }

    public string Path { get; }

    /// <summary>Reads the file.</summary>
    /// <returns>What it holds; null when there is no file.</returns>
    /// <exception cref="SnapshotRefusedException">It holds no data that can be used.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public SnapshotContent? Read()
    {
        SafeFileHandle file;
        try
        {
            file = RegularFile.OpenRead(Path, followLinks: false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        using (file)
        {
            var start = new byte[SnapshotHeader.SmallestLength];
            var headerLength = SnapshotHeader.ReadLength(start.AsSpan(0, Fill(file, start, 0)));
            var bytes = new byte[headerLength];
            if (Fill(file, bytes, 0) < headerLength)
            {
                throw new SnapshotRefusedException("it is cut short");
            }

            var header = SnapshotHeader.Read(bytes);
            if (!header.Environment.AsSpan().SequenceEqual(_environment))
            {
                throw new SnapshotRefusedException("it is of another environment");
            }

            if (header.PayloadLength is < 0 or > int.MaxValue || RandomAccess.GetLength(file) != headerLength + header.PayloadLength)
            {
                throw new SnapshotRefusedException("its length is wrong");
            }

            var data = ReadPayload(file, headerLength, header, out var isComplete);
            return new(isComplete ? header : header with { Selector = Selector.Empty }, data);
        }
    }

    /// <summary>Replaces the file, unless it would hold the same data as before.</summary>
    /// <param name="snapshot">The data.</param>
    /// <param name="now">The time to note in the file.</param>
    /// <param name="before">What the file held when it was read or written last, if that is known.</param>
    /// <returns>What it holds now; the same as before when nothing had to be written.</returns>
    /// <exception cref="IOException">It cannot be written. The file is what it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public SnapshotHeader Write(DataSnapshot snapshot, DateTimeOffset now, SnapshotHeader? before)
    {
        Directory.CreateDirectory(_directory);
        Tidy();
        try
        {
            return Replace(snapshot, now, before);
        }
        catch (FileNotFoundException)
        {
            // Another process that has just begun took what was about to get its name for something left behind.
            return Replace(snapshot, now, before);
        }
    }

    private SnapshotHeader Replace(DataSnapshot snapshot, DateTimeOffset now, SnapshotHeader? before)
    {
        // A link is replaced and what it leads to left alone; a pipe or a device is somebody's, and not to be had again.
        if (FileKinds.Of(Path, followLinks: false) == FileKind.Special)
        {
            throw new IOException($"'{Path}' is not replaced: {FileKinds.SpecialProblem}");
        }

        // A new name each time, which nobody can foresee and no link stands under: the file is made here or not at all.
        var temporary = $"{Path}.{RandomNumberGenerator.GetHexString(NameLength, lowercase: true)}{Ending}";
        var (made, renamed) = (false, false);
        try
        {
            SnapshotHeader header;
            using (var file = new FileStream(temporary, TemporaryOptions()))
            {
                made = true;
                header = WriteTo(file, snapshot, now, before);
            }

            if (ReferenceEquals(header, before))
            {
                return header;
            }

            // Closed by now: what is open is locked, and whoever starts at this moment could not read it.
            File.Move(temporary, Path, overwrite: true);
            renamed = true;
            DirectorySync.Flush(_directory);
            return header;
        }
        finally
        {
            if (made && !renamed)
            {
                Delete(temporary, File.Delete);
            }
        }
    }

    /// <summary>Writes a whole snapshot, unless it would be the same as before.</summary>
    private SnapshotHeader WriteTo(FileStream file, DataSnapshot snapshot, DateTimeOffset now, SnapshotHeader? before)
    {
        // The header comes last, over its own place: it names the payload's length and checksum.
        var selector = SnapshotQuarantine.SelectorOf(snapshot);
        file.Position = SnapshotHeader.LengthFor(selector);
        using var output = new HashingOutput(file);
        using (var writer = new Utf8JsonWriter(output, JsonText.Plain))
        {
            ModelWriter.Write(
                writer, new DataSet(snapshot.Flags, snapshot.Segments), json => SnapshotQuarantine.Write(json, snapshot.Quarantine));
        }

        var header = new SnapshotHeader(_environment, now, output.Length, output.End(), selector);
        if (before is not null && before.Selector == selector && before.PayloadHash.AsSpan().SequenceEqual(header.PayloadHash)
            && FileKinds.Of(Path, followLinks: false) is FileKind.Regular or FileKind.Unknown)
        {
            return before;
        }

        file.Position = 0;
        file.Write(header.ToBytes());

        // What the new name stands for must be on the disk before the name is.
        file.Flush(flushToDisk: true);
        return header;
    }

    // Locked while it is open, by which others see that somebody is at work in it.
    private static FileStreamOptions TemporaryOptions()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    // Memory of its own, not the collector's: so large an array would stay until the next full collection.
    private static unsafe DataSet ReadPayload(SafeFileHandle file, int offset, SnapshotHeader header, out bool isComplete)
    {
        isComplete = false;
        var length = (int)header.PayloadLength;
        var memory = NativeMemory.Alloc((nuint)length);
        try
        {
            var payload = new Span<byte>(memory, length);
            if (Fill(file, payload, offset) < length)
            {
                throw new SnapshotRefusedException("it is cut short");
            }

            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(payload, hash);
            if (!hash.SequenceEqual(header.PayloadHash))
            {
                throw new SnapshotRefusedException("its data is damaged");
            }

            // What was good when it was written and is not any more has to be sent anew.
            var data = ModelReader.ReadDataSet(payload);
            isComplete = data.Malformed.Count == 0;
            return SnapshotQuarantine.Read(payload, data);
        }
        catch (MalformedDataException e)
        {
            throw new SnapshotRefusedException($"its data cannot be read: {e.Message}");
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    private static int Fill(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var filled = 0;
        while (filled < buffer.Length && RandomAccess.Read(file, buffer[filled..], offset + filled) is var read and > 0)
        {
            filled += read;
        }

        return filled;
    }

    /// <summary>Removes what killed processes have left behind: temporary files that nobody has open.</summary>
    private void Tidy()
    {
        if (_tidied)
        {
            return;
        }

        _tidied = true;
        var prefix = System.IO.Path.GetFileName(Path) + ".";
        foreach (var left in new DirectoryInfo(_directory).EnumerateFiles())
        {
            if (left.Name.Length == prefix.Length + NameLength + Ending.Length
                && left.Name.StartsWith(prefix, StringComparison.Ordinal)
                && left.Name.EndsWith(Ending, StringComparison.Ordinal)
                && left.Name.AsSpan(prefix.Length, NameLength).IndexOfAnyExcept(LowercaseHex) < 0)
            {
                Delete(left.FullName, RegularFile.DeleteUnlessOpen);
            }
        }
    }

    private static void Delete(string path, Action<string> delete)
    {
        try
        {
            delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody's own, or of no harm.
        }
    }
}
