using System.Text;
using System.Text.Json;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>One event of the newer protocol, read straight from its bytes.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Item">For <see cref="PayloadEventKind.Item"/>.</param>
/// <param name="Selector">For <see cref="PayloadEventKind.Transferred"/>.</param>
/// <param name="Text">A code, a kind or a reason.</param>
/// <param name="Directive">For <see cref="PayloadEventKind.Goodbye"/>, if it orders to leave the protocol.</param>
internal readonly record struct PayloadEvent(
    PayloadEventKind Kind, ItemDescriptor? Item = null, Selector Selector = default, string? Text = null, FallbackDirective? Directive = null)
{
    private const string Intent = "server-intent";
    private const string Put = "put-object";
    private const string Delete = "delete-object";
    private const string PayloadTransferred = "payload-transferred";
    private const string ErrorName = "error";
    private const string GoodbyeName = "goodbye";

    /// <summary>Reads a server-sent event. Data of an unknown event, and of a heartbeat, is not looked at.</summary>
    /// <exception cref="MalformedDataException">The event is known and its data is not JSON, or has the wrong shape.</exception>
    public static PayloadEvent Parse(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var eventType = NameOf(name);
        if (eventType.Length == 0)
        {
            return default;
        }

        try
        {
            var reader = Open(data, eventType);
            var result = Read(eventType, ref reader);
            ExpectEnd(ref reader);
            return result;
        }
        catch (Exception e) when (Fault(e, eventType) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Reads the data of an event, under the name that <see cref="NameAt"/> gave, inside an envelope. The reader goes in at the data's first token and comes out at its last.</summary>
    /// <exception cref="MalformedDataException">The event is known and its data has the wrong shape.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static PayloadEvent Read(string eventType, ref JsonCursor reader)
    {
        if (eventType.Length == 0)
        {
            reader.Skip();
            return default;
        }

        ExpectObject(ref reader, eventType);
        return eventType switch
        {
            Intent => ReadIntent(ref reader),
            Put => ReadPut(ref reader),
            Delete => ReadDelete(ref reader),
            PayloadTransferred => ReadTransferred(ref reader),
            ErrorName => ReadError(ref reader),
            _ => ReadGoodbye(ref reader),
        };
    }

    /// <summary>The name of the event at the reader's string; empty for one without a meaning.</summary>
    public static string NameAt(ref JsonCursor reader) =>
        !reader.ValueIsEscaped ? NameOf(reader.ValueSpan) : NameOf(Encoding.UTF8.GetBytes(reader.GetString()!));

    // Two spellings of a heartbeat are in use; neither is known here, as neither means anything.
    private static string NameOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("put-object"u8) ? Put
        : name.SequenceEqual("delete-object"u8) ? Delete
        : name.SequenceEqual("server-intent"u8) ? Intent
        : name.SequenceEqual("payload-transferred"u8) ? PayloadTransferred
        : name.SequenceEqual("error"u8) ? ErrorName
        : name.SequenceEqual("goodbye"u8) ? GoodbyeName
        : "";

    private static PayloadEvent ReadIntent(ref JsonCursor reader)
    {
        PayloadEvent? intent = null;
        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("payloads"u8))
            {
                SkipValue(ref reader);
                continue;
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new MalformedDataException($"The '{Intent}' event's 'payloads' is not an array.", "payloads");
            }

            // Several payloads are for clients of a later time: the first is the one that this client has asked for.
            for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
            {
                if (intent is null)
                {
                    intent = ReadFirstIntent(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return intent ?? throw new MalformedDataException($"The '{Intent}' event names no payload.", "payloads");
    }

    private static PayloadEvent ReadFirstIntent(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedDataException($"The '{Intent}' event's first payload is not an object.", "payloads[0]");
        }

        PayloadEvent? intent = null;
        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("intentCode"u8))
            {
                SkipValue(ref reader);
                continue;
            }

            intent = ReadString(ref reader, Intent, "payloads[0].intentCode") switch
            {
                "xfer-full" => new(PayloadEventKind.IntentFull),
                "xfer-changes" => new(PayloadEventKind.IntentChanges),
                "none" => new(PayloadEventKind.IntentNone),
                null => null,
                var other => new(PayloadEventKind.IntentUnknown, Text: other),
            };
        }

        return intent ?? throw Missing(Intent, "payloads[0].intentCode");
    }

    // The event's version is that of the descriptor, because it is the one that deletions are counted by as well; the
    // item keeps the one written inside it, which evaluations and events tell.
    private static PayloadEvent ReadPut(ref JsonCursor reader)
    {
        var head = default(ItemHead);
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
            if (head is { Kind: { } kind, Key: { Length: > 0 } key })
            {
                item = ModelReader.ReadItem(kind, key, ref reader, "object");
                isLater = false;
            }
            else
            {
                // What it is may follow; it is read when that is known.
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

        if (isLater)
        {
            item = ModelReader.ReadItem(itemKind.Value, itemKey, ref later, "object");
        }

        return item is null ? throw Missing(Put, "object") : new(PayloadEventKind.Item, WithVersion(item, head.Version));
    }

    private static ItemDescriptor WithVersion(ItemDescriptor item, long? version) => item switch
    {
        _ when version is null || version == item.Version => item,
        ItemDescriptor<Flag> { Item: { } flag } => ItemDescriptor<Flag>.Of(item.Key, version.Value, flag),
        ItemDescriptor<Segment> { Item: { } segment } => ItemDescriptor<Segment>.Of(item.Key, version.Value, segment),
        _ => ItemDescriptor.Tombstone(item.Kind, item.Key, version.Value),
    };

    private static PayloadEvent ReadDelete(ref JsonCursor reader)
    {
        var head = default(ItemHead);
        while (NextProperty(ref reader))
        {
            if (!head.Take(ref reader, Delete))
            {
                SkipValue(ref reader);
            }
        }

        var (kind, key) = head.Complete(Delete);
        return kind is null
            ? new(PayloadEventKind.UnknownItem, Text: head.KindText)
            : new(PayloadEventKind.Item, ItemDescriptor.Tombstone(kind.Value, key, head.Version ?? throw Missing(Delete, "version")));
    }

    private static PayloadEvent ReadTransferred(ref JsonCursor reader)
    {
        string? state = null;
        long version = 0;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("state"u8))
            {
                state = ReadString(ref reader, PayloadTransferred, "state");
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                version = ReadInt64(ref reader, PayloadTransferred, "version");
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        return new(PayloadEventKind.Transferred, Selector: new(state ?? throw Missing(PayloadTransferred, "state"), version));
    }

    private static PayloadEvent ReadError(ref JsonCursor reader)
    {
        string? reason = null;
        string? id = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("reason"u8))
            {
                reason = ReadString(ref reader, ErrorName, "reason");
            }
            else if (reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("payloadId"u8))
            {
                // Two names are in use.
                id = ReadString(ref reader, ErrorName, "id") ?? id;
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        reason ??= "no reason given";
        return new(PayloadEventKind.Error, Text: string.IsNullOrEmpty(id) ? reason : $"{reason} (payload {id})");
    }

    private static PayloadEvent ReadGoodbye(ref JsonCursor reader)
    {
        string? reason = null;
        FallbackDirective? directive = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("reason"u8))
            {
                reason = ReadString(ref reader, GoodbyeName, "reason");
            }
            else if (reader.ValueTextEquals("protocolFallbackTTL"u8))
            {
                reader.Read();
                directive = FallbackDirective.Of(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        return new(PayloadEventKind.Goodbye, Text: reason ?? "no reason given", Directive: directive);
    }

    /// <summary>What puts and deletes have in common.</summary>
    private struct ItemHead
    {
        public DataKind? Kind { get; private set; }

        public string? KindText { get; private set; }

        public string? Key { get; private set; }

        public long? Version { get; private set; }

        /// <summary>Takes the property at whose name the reader is; false when it is none of the head's.</summary>
        public bool Take(ref JsonCursor reader, string eventType)
        {
            if (reader.ValueTextEquals("key"u8))
            {
                Key = ReadString(ref reader, eventType, "key");
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                TakeKind(ref reader, eventType);
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                Version = ReadInt64(ref reader, eventType, "version");
            }
            else
            {
                return false;
            }

            return true;
        }

        /// <summary>The kind, null when it is not known, and the key.</summary>
        public readonly (DataKind? Kind, string Key) Complete(string eventType)
        {
            if (KindText is null)
            {
                throw Missing(eventType, "kind");
            }

            return Kind is not null && string.IsNullOrEmpty(Key) ? throw Missing(eventType, "key") : (Kind, Key ?? "");
        }

        private void TakeKind(ref JsonCursor reader, string eventType)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new MalformedDataException($"The '{eventType}' event's 'kind' is not a string.", "kind");
            }

            (Kind, KindText) = reader.ValueTextEquals("flag"u8) ? (DataKind.Flag, "flag")
                : reader.ValueTextEquals("segment"u8) ? (DataKind.Segment, "segment")
                : ((DataKind?)null, reader.GetString());
        }
    }
}
