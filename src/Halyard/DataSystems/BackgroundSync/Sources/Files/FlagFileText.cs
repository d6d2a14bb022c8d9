using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Halyard.Configuration;
using Halyard.Files;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>A file's bytes in a pooled buffer, or the reason why there are none.</summary>
internal sealed class FlagFileText : IDisposable
{
    // Larger than any real flag file, and smaller than the largest array.
    private const int MaxBytes = 512 * 1024 * 1024;

    private byte[]? _buffer;
    private readonly int _start;
    private readonly int _end;

    private FlagFileText(string path, byte[] buffer, int start, int end)
    {
        Path = path;
        _buffer = buffer;
        _start = start;
        _end = end;
        Fingerprint = ContentHash.Of(Bytes.Span);
    }

    private FlagFileText(string path, string error)
    {
        Path = path;
        Error = error;
        Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(error));
    }

    public string Path { get; }

    /// <summary>Why the file could not be read; null when it was.</summary>
    public string? Error { get; }

    public UInt128 Fingerprint { get; }

    /// <summary>The text without a byte order mark; empty when there is an error. Valid until disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_start.._end);

    /// <summary>Reads a file that others may be writing, renaming or deleting at the same time.</summary>
    public static async Task<FlagFileText> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[]? buffer = null;
        try
        {
            if (Directory.Exists(path))
            {
                return new(path, FlagFileProblems.IsDirectory(path));
            }

            using var handle = RegularFile.OpenRead(path, followLinks: true);

            // One byte more than the length, so that a file that did not grow is read in one call and a second finds the end.
            buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(RandomAccess.GetLength(handle) + 1, MaxBytes));
            var length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length >= MaxBytes)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        return new(path, $"{path} is larger than {MaxBytes / (1024 * 1024)} MB.");
                    }

                    var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var read = await RandomAccess.ReadAsync(handle, buffer.AsMemory(length), length, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                length += read;
            }

            return Checked(path, buffer, length);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => new(path, $"{path} does not exist."),
                UnauthorizedAccessException => new(path, $"{path} may not be read: access is denied."),
                _ => new(path, $"{path} cannot be read: {exception.Message}"),
            };
        }
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FlagFileText Checked(string path, byte[] buffer, int length)
    {
        ReadOnlySpan<byte> bytes = buffer.AsSpan(0, length);
        var start = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        string? error = null;
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            error = $"{path} is UTF-16 text; save it as UTF-8.";
        }
        else if (!Utf8.IsValid(bytes))
        {
            error = $"{path}, line {LineOfInvalidByte(bytes)}: the text is not UTF-8.";
        }

        if (error is null)
        {
            return new(path, buffer, start, length);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return new(path, error);
    }

    private static int LineOfInvalidByte(ReadOnlySpan<byte> bytes)
    {
        for (var line = 1; ; line++)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0 || !Utf8.IsValid(bytes[..end]))
            {
                return line;
            }

            bytes = bytes[(end + 1)..];
        }
    }
}
