using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Reads each event when it is complete. This defines what an event means: <see cref="WindowedEventReader"/> must come
/// to the same outcome, and its tests compare the two.
/// </summary>
internal sealed class WholeEventReader : IStreamEventReader
{
    /// <summary>Reads an event.</summary>
    /// <exception cref="MalformedDataException">The event is known and its data is not JSON, or has the wrong shape.</exception>
    public static StreamEvent Parse(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        try
        {
            return eventName.SequenceEqual("patch"u8) ? ReadPatch(data)
                : eventName.SequenceEqual("put"u8) ? ReadPut(data)
                : eventName.SequenceEqual("delete"u8) ? ReadDelete(data)
                : default;
        }
        catch (Exception e) when (Fault(e, Encoding.UTF8.GetString(eventName)) is { } fault)
        {
            throw fault;
        }
    }

    private static StreamEvent ReadPut(ReadOnlySpan<byte> data)
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
                if (pathSeen && !StreamPath.IsRoot(path))
                {
                    reader.Skip();
                }
                else if (pathSeen)
                {
                    dataSet = ModelReader.ReadDataSet(ref reader, "data");
                }
                else
                {
                    // Only the path, which may follow, tells whether the data is a data set.
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
        if (!StreamPath.IsRoot(path))
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

    private static StreamEvent ReadPatch(ReadOnlySpan<byte> data)
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
                if (path is not null && StreamPath.TrySplit(path, out var kind, out var key))
                {
                    item = ReadItem(kind, key, ref reader);
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
        if (!StreamPath.TrySplit(path ?? throw Missing("patch", "path"), out var itemKind, out var itemKey))
        {
            return default;
        }

        if (item is null && dataAt >= 0)
        {
            var again = new JsonCursor(data[(int)dataAt..]);
            again.Read();
            item = ReadItem(itemKind, itemKey, ref again);
        }

        return new(null, item ?? throw Missing("patch", "data"));
    }

    // Data that is an object is a sound container, whatever item it is.
    private static ItemDescriptor ReadItem(DataKind kind, string key, ref JsonCursor reader) => reader.TokenType == JsonTokenType.StartObject
        ? ModelReader.ReadItemOrMalformed(kind, key, ref reader)
        : ModelReader.ReadItem(kind, key, ref reader, "data");

    private static StreamEvent ReadDelete(ReadOnlySpan<byte> data)
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
        return StreamPath.TrySplit(path ?? throw Missing("delete", "path"), out var kind, out var key)
            ? new(null, ItemDescriptor.Tombstone(kind, key, version ?? throw Missing("delete", "version")))
            : default;
    }

    int IPartialReader.Begin(ReadOnlySpan<byte> name) => int.MaxValue;

    int IPartialReader.Take(ReadOnlySpan<byte> data, out int wanted)
    {
        wanted = int.MaxValue;
        return 0;
    }

    StreamEvent IStreamEventReader.Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest) => Parse(name, rest);

    void IStreamEventReader.Forget()
    {
    }
}
