using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>Reads the events that carry an item or a deletion.</summary>
internal static class PayloadItemReader
{
    public const string Put = "put-object";
    public const string Delete = "delete-object";

    /// <summary>Reads the object of an item's event, at whose start the reader stands.</summary>
    /// <remarks>
    /// The descriptor gets the event's version, because the versions of deletions continue the same count. The item keeps the
    /// version written inside it, which evaluations and events tell.
    /// </remarks>
    public static PayloadEvent ReadPut(ref JsonCursor reader)
    {
        var head = default(PayloadItemHead);
        ItemDescriptor? item = null;
        JsonCursor later = default;
        var isLater = false;
        while (NextProperty(ref reader))
        {
            if (head.Take(ref reader, Put))
            {
                continue;
            }

            if (!reader.ValueTextEquals("object"u8))
            {
                SkipValue(ref reader);
                continue;
            }

            reader.Read();
            if (head is { Kind: { } kind, Key: { Length: > 0 } key, Version: not null })
            {
                item = ModelReader.ReadItemOrMalformed(kind, key, ref reader, head.Version);
                isLater = false;
            }
            else
            {
                // The kind, the key and the version may follow; the item is read when they are known.
                later = reader;
                isLater = true;
                reader.Skip();
            }
        }

        var (itemKind, itemKey) = head.Complete(Put);
        if (itemKind is null)
        {
            return new(PayloadEventKind.UnknownItem, Text: head.KindText);
        }

        if (itemKey.Length == 0)
        {
            // Nobody can ask for it.
            return new(PayloadEventKind.Ignored);
        }

        if (isLater)
        {
            item = ModelReader.ReadItemOrMalformed(itemKind.Value, itemKey, ref later, head.Version);
        }

        return item is null ? throw Missing(Put, "object") : new(
            PayloadEventKind.Item, head.Version is { } version ? item.WithVersion(version) : item);
    }

    /// <summary>Reads the object of a deletion's event, at whose start the reader stands.</summary>
    public static PayloadEvent ReadDelete(ref JsonCursor reader)
    {
        var head = default(PayloadItemHead);
        while (NextProperty(ref reader))
        {
            if (!head.Take(ref reader, Delete))
            {
                SkipValue(ref reader);
            }
        }

        var (kind, key) = head.Complete(Delete);
        return kind is null ? new(PayloadEventKind.UnknownItem, Text: head.KindText)
            : key.Length == 0 ? new(PayloadEventKind.Ignored)
            : new(PayloadEventKind.Item, ItemDescriptor.Tombstone(kind.Value, key, head.Version ?? throw Missing(Delete, "version")));
    }
}
