using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>What puts and deletes have in common.</summary>
internal struct PayloadItemHead
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

    /// <summary>The kind, null when it is not known, and the key, which may be empty.</summary>
    public readonly (DataKind? Kind, string Key) Complete(string eventType)
    {
        if (KindText is null)
        {
            throw Missing(eventType, "kind");
        }

        return Kind is not null && Key is null ? throw Missing(eventType, "key") : (Kind, Key ?? "");
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
