using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Halyard.DataComponents;

/// <summary>
/// What stands before the data in a snapshot file, all numbers little-endian:
/// <code>
/// offset  size
///      0     8  magic
///      8     4  version of the format
///     12     4  length of this header, its checksum included
///     16    32  environment: SHA-256 of SDK key, services, protocol and filter; the key itself is not on the disk
///     48     8  when it was written, milliseconds of Unix time
///     56     8  length of the payload, which fills the rest of the file
///     64    32  SHA-256 of the payload
///     96     8  the selector's version
///    104     n  the selector's state, UTF-8; empty without a selector
///  104+n    32  SHA-256 of the header up to here
/// </code>
/// The payload is the data set as UTF-8 JSON, not compressed: unpacking would take longer than reading.
/// </summary>
internal sealed record SnapshotHeader(
    byte[] Environment, DateTimeOffset WrittenAt, long PayloadLength, byte[] PayloadHash, Selector Selector)
{
    public const int FormatVersion = 1;
    public const int SmallestLength = StateOffset + SHA256.HashSizeInBytes;

    /// <summary>No service's selector comes near; a longer length is a damaged one.</summary>
    public const int LongestLength = 1 << 20;

    private const int StateOffset = 104;

    private static ReadOnlySpan<byte> Magic => "HALYSNAP"u8;

    /// <summary>Names an environment without giving its key away.</summary>
    public static byte[] EnvironmentOf(string sdkKey) => SHA256.HashData(Encoding.UTF8.GetBytes("halyard snapshot\n" + sdkKey));

    /// <summary>The length of a header with this selector.</summary>
    public static int LengthFor(Selector selector) => SmallestLength + Encoding.UTF8.GetByteCount(selector.State ?? "");

    /// <summary>
    /// The length of the header that begins with these bytes, at least <see cref="SmallestLength"/> of them unless the
    /// file is shorter.
    /// </summary>
    /// <exception cref="SnapshotRefusedException">These bytes begin no snapshot that can be read.</exception>
    public static int ReadLength(ReadOnlySpan<byte> start)
    {
        if (start.Length < Magic.Length || !start.StartsWith(Magic))
        {
            throw new SnapshotRefusedException("it is no snapshot, or its beginning is damaged");
        }

        if (start.Length < SmallestLength)
        {
            throw new SnapshotRefusedException("it is cut short");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (version > FormatVersion)
        {
            throw new SnapshotRefusedException($"its format {version} is newer than the {FormatVersion} that is known here, or it is damaged");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        return version == FormatVersion && length is >= SmallestLength and <= LongestLength
            ? (int)length
            : throw new SnapshotRefusedException("its header is damaged");
    }

    /// <summary>Reads a whole header.</summary>
    /// <exception cref="SnapshotRefusedException">The header is damaged, or says what cannot be.</exception>
    public static SnapshotHeader Read(ReadOnlySpan<byte> header)
    {
        var body = header[..^SHA256.HashSizeInBytes];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(header[body.Length..]))
        {
            throw new SnapshotRefusedException("its header is damaged");
        }

        var writtenAt = BinaryPrimitives.ReadInt64LittleEndian(body[48..]);
        if (writtenAt < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || writtenAt > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            throw new SnapshotRefusedException("it was written at no time that there is");
        }

        var state = Encoding.UTF8.GetString(body[StateOffset..]);
        return new(
            body[16..48].ToArray(),
            DateTimeOffset.FromUnixTimeMilliseconds(writtenAt),
            BinaryPrimitives.ReadInt64LittleEndian(body[56..]),
            body[64..96].ToArray(),
            state.Length == 0 ? Selector.Empty : new(state, BinaryPrimitives.ReadInt64LittleEndian(body[96..])));
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[LengthFor(Selector)];
        var header = bytes.AsSpan();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)bytes.Length);
        Environment.CopyTo(header[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], WrittenAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(header[56..], PayloadLength);
        PayloadHash.CopyTo(header[64..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[96..], Selector.Version);
        Encoding.UTF8.GetBytes(Selector.State ?? "", header[StateOffset..]);
        SHA256.HashData(header[..^SHA256.HashSizeInBytes], header[^SHA256.HashSizeInBytes..]);
        return bytes;
    }
}
