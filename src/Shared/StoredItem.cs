using System.Buffers;
using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>What the persistent stores that follow the common layout have to know about an item's JSON.</summary>
internal static class StoredItem
{
    /// <summary>The namespace of a kind in the common layout.</summary>
    public static string Namespace(DataKind kind) => kind switch
    {
        DataKind.Flag => "features",
        DataKind.Segment => "segments",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are two kinds: Flag and Segment."),
    };

    /// <summary>The JSON to store: the item's own or, for a deleted item without any, a tombstone every reader understands.</summary>
    public static ReadOnlyMemory<byte> Json(SerializedItem item)
    {
        if (!item.Item.SerializedItem.IsEmpty)
        {
            return item.Item.SerializedItem;
        }

        if (!item.Item.Deleted)
        {
            throw new ArgumentException($"The item \"{item.Key}\" has no JSON and is not deleted.", nameof(item));
        }

        var buffer = new ArrayBufferWriter<byte>(64);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("key"u8, item.Key);
        writer.WriteNumber("version"u8, item.Item.Version);
        writer.WriteBoolean("deleted"u8, true);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
