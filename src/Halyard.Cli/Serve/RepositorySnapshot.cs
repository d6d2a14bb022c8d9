using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Everything the server holds at one revision. Immutable; what is derived from it is made once, on demand.</summary>
internal sealed class RepositorySnapshot
{
    private readonly Lazy<byte[]> _data;
    private readonly Lazy<ReadOnlyMemory<byte>> _gzip;
    private readonly Lazy<string> _entityTag;

    public RepositorySnapshot(
        long revision,
        ImmutableSortedDictionary<string, RepositoryItem> flags,
        ImmutableSortedDictionary<string, RepositoryItem> segments)
    {
        Revision = revision;
        Flags = flags;
        Segments = segments;
        _data = new(WriteData);
        _gzip = new(() => HttpAnswers.Gzip(_data.Value));
        _entityTag = new(() => $"\"{Convert.ToHexStringLower(SHA256.HashData(_data.Value).AsSpan(0, 16))}\"");
    }

    public static RepositorySnapshot Empty { get; } = new(
        0,
        ImmutableSortedDictionary.Create<string, RepositoryItem>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, RepositoryItem>(StringComparer.Ordinal));

    public long Revision { get; }

    /// <summary>The flags by key, tombstones included.</summary>
    public ImmutableSortedDictionary<string, RepositoryItem> Flags { get; }

    /// <summary>The segments by key, tombstones included.</summary>
    public ImmutableSortedDictionary<string, RepositoryItem> Segments { get; }

    /// <summary><c>{"flags":{...},"segments":{...}}</c> without tombstones.</summary>
    public ReadOnlyMemory<byte> DataJson => _data.Value;

    public ReadOnlyMemory<byte> DataJsonGzip => _gzip.Value;

    /// <summary>Names the content of <see cref="DataJson"/>, so that it survives a restart with the same data.</summary>
    public string EntityTag => _entityTag.Value;

    public ImmutableSortedDictionary<string, RepositoryItem> Of(DataKind kind) => kind == DataKind.Flag ? Flags : Segments;

    /// <summary>A live item; null when unknown or deleted.</summary>
    public RepositoryItem? Find(DataKind kind, string key) =>
        Of(kind).TryGetValue(key, out var item) && !item.IsTombstone ? item : null;

    /// <summary>What is live: segments first, as flags depend on them.</summary>
    public IEnumerable<RepositoryItem> Live() => Segments.Values.Concat(Flags.Values).Where(static item => !item.IsTombstone);

    /// <summary>What has changed after a revision, tombstones included, in the order of the changes.</summary>
    public IEnumerable<RepositoryItem> ChangedSince(long revision) =>
        Segments.Values.Concat(Flags.Values).Where(item => item.Revision > revision).OrderBy(static item => item.Revision);

    public int CountLive(DataKind kind) => Of(kind).Values.Count(static item => !item.IsTombstone);

    /// <summary>Writes the live items of a kind as one object.</summary>
    public void WriteItems(Utf8JsonWriter writer, DataKind kind)
    {
        writer.WriteStartObject();
        foreach (var (key, item) in Of(kind))
        {
            if (item.Json is { } json)
            {
                writer.WritePropertyName(key);
                writer.WriteRawValue(json, skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
    }

    private byte[] WriteData()
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("flags");
            WriteItems(writer, DataKind.Flag);
            writer.WritePropertyName("segments");
            WriteItems(writer, DataKind.Segment);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
