using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>Reads the event that announces a transfer.</summary>
internal static class PayloadIntentReader
{
    public const string Intent = "server-intent";

    /// <summary>Reads the event's object, at whose start the reader stands.</summary>
    public static PayloadEvent Read(ref JsonCursor reader)
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

            // This client asks for one payload, and that is the first. A service that serves several may announce more.
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
}
