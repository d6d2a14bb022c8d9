using System.Text;
using System.Text.Json;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>Reads the events of FDv2 straight from their bytes.</summary>
internal static class PayloadEventReader
{
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

    /// <summary>
    /// Reads the data of an event inside an envelope. The reader goes in at the data's first token and comes out at its last.
    /// </summary>
    /// <param name="eventType">The name that <see cref="NameAt"/> gave.</param>
    /// <param name="reader">The envelope's reader.</param>
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
        var before = ReadScratch.AllocatedBytes;
        var start = reader.Position;
        PayloadEvent what = eventType switch
        {
            PayloadIntentReader.Intent => PayloadIntentReader.Read(ref reader),
            PayloadItemReader.Put => PayloadItemReader.ReadPut(ref reader),
            PayloadItemReader.Delete => PayloadItemReader.ReadDelete(ref reader),
            PayloadTransferred => ReadTransferred(ref reader),
            ErrorName => ReadError(ref reader),
            _ => ReadGoodbye(ref reader),
        };

        // In memory a small item is larger than its text.
        return what with { Cost = Math.Max(reader.Position - start, ReadScratch.AllocatedBytes - before) };
    }

    /// <summary>The name of the event at the reader's string; empty for one without a meaning.</summary>
    public static string NameAt(ref JsonCursor reader) =>
        !reader.ValueIsEscaped ? NameOf(reader.ValueSpan) : NameOf(Encoding.UTF8.GetBytes(reader.GetString()!));

    // A heartbeat has no case here (two spellings of it are in use), because it needs no reaction.
    private static string NameOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("put-object"u8) ? PayloadItemReader.Put
        : name.SequenceEqual("delete-object"u8) ? PayloadItemReader.Delete
        : name.SequenceEqual("server-intent"u8) ? PayloadIntentReader.Intent
        : name.SequenceEqual("payload-transferred"u8) ? PayloadTransferred
        : name.SequenceEqual("error"u8) ? ErrorName
        : name.SequenceEqual("goodbye"u8) ? GoodbyeName
        : "";

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
                // Services use either name.
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
}
