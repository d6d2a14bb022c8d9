using System.Buffers;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Writes FDv2 events: as a stream's frames, or as elements of a poll's array.</summary>
/// <param name="output">Where to. It may be flushed between events.</param>
/// <param name="framed">Whether frames of a stream are written.</param>
internal sealed class PayloadEventWriter(IBufferWriter<byte> output, bool framed) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(output, CliJson.Plain);
    private bool _any;

    /// <summary>What a poll's answer begins with.</summary>
    public static ReadOnlySpan<byte> BodyBegin => "{\"events\":["u8;

    /// <summary>What a poll's answer ends with.</summary>
    public static ReadOnlySpan<byte> BodyEnd => "]}"u8;

    public void Intent(string payloadId, long target, string code, string reason)
    {
        Begin("server-intent"u8);
        _json.WriteStartArray("payloads"u8);
        _json.WriteStartObject();
        _json.WriteString("id"u8, payloadId);
        _json.WriteNumber("target"u8, target);
        _json.WriteString("intentCode"u8, code);
        _json.WriteString("reason"u8, reason);
        _json.WriteEndObject();
        _json.WriteEndArray();
        End();
    }

    public void Item(RepositoryItem item)
    {
        Begin(item.IsTombstone ? "delete-object"u8 : "put-object"u8);
        _json.WriteNumber("version"u8, item.Version);
        _json.WriteString("kind"u8, item.Kind == DataKind.Flag ? "flag"u8 : "segment"u8);
        _json.WriteString("key"u8, item.Key);
        if (item.Json is { } json)
        {
            _json.WritePropertyName("object"u8);
            _json.WriteRawValue(json, skipInputValidation: true);
        }

        End();
    }

    public void Transferred(string selector, long version)
    {
        Begin("payload-transferred"u8);
        _json.WriteString("state"u8, selector);
        _json.WriteNumber("version"u8, version);
        End();
    }

    public void Error(string payloadId, string reason)
    {
        Begin("error"u8);
        _json.WriteString("id"u8, payloadId);
        _json.WriteString("reason"u8, reason);
        End();
    }

    /// <param name="reason">Said to people.</param>
    /// <param name="fallbackSeconds">For how long the client should use FDv1; null when it may come back as it is.</param>
    public void Goodbye(string reason, int? fallbackSeconds)
    {
        Begin("goodbye"u8);
        _json.WriteString("reason"u8, reason);
        if (fallbackSeconds is { } seconds)
        {
            _json.WriteNumber("protocolFallbackTTL"u8, seconds);
        }

        End();
    }

    public void Dispose() => _json.Dispose();

    private void Begin(ReadOnlySpan<byte> name)
    {
        if (framed)
        {
            output.Write("event: "u8);
            output.Write(name);
            output.Write("\ndata: "u8);
        }
        else
        {
            output.Write(_any ? ",{\"event\":\""u8 : "{\"event\":\""u8);
            output.Write(name);
            output.Write("\",\"data\":"u8);
        }

        _any = true;
        _json.Reset(output);
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        output.Write(framed ? "\n\n"u8 : "}"u8);
    }
}
