using System.Text;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>One event of the older protocol's stream (<c>put</c>, <c>patch</c>, <c>delete</c>), read straight from its bytes.</summary>
/// <param name="DataSet">A complete data set, for <c>put</c>.</param>
/// <param name="Item">An item, for <c>patch</c>; a tombstone, for <c>delete</c>.</param>
internal readonly record struct StreamEvent(DataSet? DataSet, ItemDescriptor? Item)
{
    private const string FlagsPrefix = "/flags/";
    private const string SegmentsPrefix = "/segments/";

    /// <summary>Whether the event has nothing for a client: an unknown name or path.</summary>
    public bool IsIgnored => DataSet is null && Item is null;

    /// <exception cref="MalformedDataException">The event is known and its data is not JSON, or has the wrong shape.</exception>
    public static StreamEvent Parse(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        try
        {
            return eventName.SequenceEqual("patch"u8) ? ParsePatch(data)
                : eventName.SequenceEqual("put"u8) ? ParsePut(data)
                : eventName.SequenceEqual("delete"u8) ? ParseDelete(data)
                : default;
        }
        catch (Exception e) when (Fault(e, Encoding.UTF8.GetString(eventName)) is { } fault)
        {
            throw fault;
        }
    }

    private static StreamEvent ParsePut(ReadOnlySpan<byte> data)
    {
        var reader = Open(data, "put");
        DataSet? dataSet = null;
        string? path = null;
        var pathSeen = false;
        long dataAt = -1;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("path"u8))
            {
                path = ReadString(ref reader, "put", "path");
                pathSeen = true;
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                if (pathSeen && !IsRoot(path))
                {
                    reader.Skip();
                }
                else if (pathSeen)
                {
                    dataSet = ModelReader.ReadDataSet(ref reader, "data");
                }
                else
                {
                    // Whether the data is a data set at all depends on the path, which may follow.
                    dataAt = reader.TokenStartIndex;
                    reader.Skip();
                }
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        ExpectEnd(ref reader);
        if (!IsRoot(path))
        {
            return default;
        }

        if (dataSet is null && dataAt >= 0)
        {
            var again = new JsonCursor(data[(int)dataAt..]);
            again.Read();
            dataSet = ModelReader.ReadDataSet(ref again, "data");
        }

        return new(dataSet ?? throw Missing("put", "data"), null);
    }

    private static StreamEvent ParsePatch(ReadOnlySpan<byte> data)
    {
        var reader = Open(data, "patch");
        ItemDescriptor? item = null;
        string? path = null;
        long dataAt = -1;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("path"u8))
            {
                path = ReadString(ref reader, "patch", "path");
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                if (path is not null && TrySplit(path, out var kind, out var key))
                {
                    item = ModelReader.ReadItem(kind, key, ref reader, "data");
                }
                else
                {
                    dataAt = reader.TokenStartIndex;
                    reader.Skip();
                }
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        ExpectEnd(ref reader);
        if (!TrySplit(path ?? throw Missing("patch", "path"), out var itemKind, out var itemKey))
        {
            return default;
        }

        if (item is null && dataAt >= 0)
        {
            var again = new JsonCursor(data[(int)dataAt..]);
            again.Read();
            item = ModelReader.ReadItem(itemKind, itemKey, ref again, "data");
        }

        return new(null, item ?? throw Missing("patch", "data"));
    }

    private static StreamEvent ParseDelete(ReadOnlySpan<byte> data)
    {
        var reader = Open(data, "delete");
        string? path = null;
        long? version = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("path"u8))
            {
                path = ReadString(ref reader, "delete", "path");
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                version = ReadInt64(ref reader, "delete", "version");
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        ExpectEnd(ref reader);
        return TrySplit(path ?? throw Missing("delete", "path"), out var kind, out var key)
            ? new(null, ItemDescriptor.Tombstone(kind, key, version ?? throw Missing("delete", "version")))
            : default;
    }

    /// <summary>Whether a <c>put</c> of this path is for everything.</summary>
    public static bool IsRoot(string? path) => path is null or "" or "/";

    /// <summary>The key is all that follows the prefix: it may hold slashes.</summary>
    private static bool TrySplit(string path, out DataKind kind, out string key)
    {
        if (path.StartsWith(FlagsPrefix, StringComparison.Ordinal))
        {
            (kind, key) = (DataKind.Flag, path[FlagsPrefix.Length..]);
        }
        else if (path.StartsWith(SegmentsPrefix, StringComparison.Ordinal))
        {
            (kind, key) = (DataKind.Segment, path[SegmentsPrefix.Length..]);
        }
        else
        {
            (kind, key) = (default, "");
            return false;
        }

        return key.Length > 0 ? true : throw new MalformedDataException($"The path '{path}' names no key.", "path");
    }
}
