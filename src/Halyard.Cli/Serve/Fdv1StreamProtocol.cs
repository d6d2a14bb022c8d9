using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Halyard.Model;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>The events of FDv1: <c>put</c> first, then <c>patch</c> and <c>delete</c>.</summary>
internal sealed class Fdv1StreamProtocol : IStreamProtocol
{
    public string Name => "server, FDv1";

    public byte[] Heartbeat { get; } = ":\n\n"u8.ToArray();

    public async ValueTask WriteStartAsync(
        PipeWriter output, RepositorySnapshot snapshot, HttpContext http, CancellationToken cancellationToken)
    {
        output.Write("event: put\ndata: {\"path\":\"/\",\"data\":"u8);
        await EventStreamHub.WriteAsync(output, snapshot.DataJson, cancellationToken);
        output.Write("}\n\n"u8);
        await output.FlushAsync(cancellationToken);
    }

    public byte[] Encode(RepositoryChange change)
    {
        var frames = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(frames, CliJson.Plain);
        foreach (var item in change.Items)
        {
            frames.Write(item.IsTombstone ? "event: delete\ndata: "u8 : "event: patch\ndata: "u8);
            writer.Reset(frames);
            writer.WriteStartObject();
            writer.WriteString("path"u8, (item.Kind == DataKind.Flag ? "/flags/" : "/segments/") + item.Key);
            if (item.Json is { } json)
            {
                writer.WritePropertyName("data"u8);
                writer.WriteRawValue(json, skipInputValidation: true);
            }
            else
            {
                writer.WriteNumber("version"u8, item.Version);
            }

            writer.WriteEndObject();
            writer.Flush();
            frames.Write("\n\n"u8);
        }

        return frames.WrittenSpan.ToArray();
    }

    public byte[]? Encode(Fault fault, RepositorySnapshot snapshot) =>
        fault.Kind == FaultKind.Garbage ? "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"gar\n\n"u8.ToArray() : null;
}
