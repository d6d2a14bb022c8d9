using System.Buffers.Binary;
using System.Security.Cryptography;
using Halyard.DataComponents;

namespace Halyard.Fuzzing.Targets;

/// <summary>
/// A snapshot on disk: as it is, and with its lengths and checksums put right, because nothing else would get past them. A
/// file is refused or read; what was read can be kept again.
/// </summary>
internal static class SnapshotTarget
{
    // Where the header has what is put right; its own description names these places.
    private const int VersionAt = 8;
    private const int HeaderLengthAt = 12;
    private const int EnvironmentAt = 16;
    private const int PayloadLengthAt = 56;
    private const int PayloadHashAt = 64;

    private const string Key = "fuzz";

    private static readonly byte[] Environment = SnapshotHeader.EnvironmentOf(Key);

    public static FuzzTarget Target { get; } = new("snapshot", "a snapshot on disk", Run)
    {
        IsJson = true,
        Words = ["quarantined", "item", "problem", "flag", "segment", "e30=", "bnVsbA==", "eyJrZXkiOiJhIiwidmVyc2lvbiI6MX0=", "HALYSNAP", .. Words.DataSets],
        BytesForEach = 4_000,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        Check(input);
        if (input.Length >= SnapshotHeader.SmallestLength)
        {
            Check(Sealed(input));
        }
    }

    private static byte[] Sealed(ReadOnlySpan<byte> input)
    {
        var file = input.ToArray();
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(HeaderLengthAt));
        if (length < SnapshotHeader.SmallestLength || length > file.Length)
        {
            length = SnapshotHeader.SmallestLength;
        }

        "HALYSNAP"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(VersionAt), SnapshotHeader.FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(HeaderLengthAt), length);
        Environment.CopyTo(file, EnvironmentAt);
        var header = file.AsSpan(0, (int)length);
        var payload = file.AsSpan((int)length);
        BinaryPrimitives.WriteInt64LittleEndian(header[PayloadLengthAt..], payload.Length);
        SHA256.HashData(payload, header[PayloadHashAt..]);
        SHA256.HashData(header[..^SHA256.HashSizeInBytes], header[^SHA256.HashSizeInBytes..]);
        return file;
    }

    private static void Check(ReadOnlySpan<byte> bytes)
    {
        var path = ScratchFile.Path(".snapshot");
        File.WriteAllBytes(path, bytes);
        var file = new SnapshotFile(path, Key);
        SnapshotContent content;
        try
        {
            content = file.Read()!;
        }
        catch (SnapshotRefusedException refusal)
        {
            Promise.Holds(refusal.Message.Length > 0, "a refusal says why");
            return;
        }

        Uniqueness.HoldsEach(content.Data);
        var store = new MemoryStore();
        store.Init(content.Data);
        var kept = store.Update(now => now with { Selector = content.Header.Selector });
        file.Write(kept, content.Header.WrittenAt, null);
        var again = file.Read()!;
        Promise.Holds(
            again.Header.WrittenAt == content.Header.WrittenAt && (again.Header.Selector.IsEmpty || again.Header.Selector == content.Header.Selector),
            "the header is kept",
            $"{content.Header} {again.Header}");
        Promise.Same(Meanings(content.Data), Meanings(again.Data), "what was kept reads as the same");
    }

    // The order of the items is the memory's. Of a live item the version inside it is kept, and not the one of its event.
    private static string Meanings(DataSet data) => string.Join(
        '\n', data.Flags.Concat<Model.ItemDescriptor>(data.Segments).Select(item => item.IsTombstone ? item : item.WithVersion(0)).Concat(data.Malformed).Select(Meaning.Of).Order(StringComparer.Ordinal));
}
