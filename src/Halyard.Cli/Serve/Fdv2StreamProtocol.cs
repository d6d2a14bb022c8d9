using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>The FDv2 stream: transfers of a payload, the first one as far as the client needs it.</summary>
internal sealed class Fdv2StreamProtocol(PayloadHistory history, ILogger logger) : IStreamProtocol
{
    private const int BrokenOffItems = 16;

    private readonly ILogger _logger = logger;

    public string Name => "server, FDv2";

    public byte[] Heartbeat { get; } = "event: heartbeat\ndata: {}\n\n"u8.ToArray();

    public async ValueTask WriteStartAsync(
        PipeWriter output, RepositorySnapshot snapshot, HttpContext http, CancellationToken cancellationToken)
    {
        var transfer = history.Plan(http.Request.Query["basis"], snapshot);
        ServeLog.StreamBegins(_logger, transfer.Code, transfer.Reason, transfer.Items.Count);
        if (AnswerFaults.Find(http, FaultKind.Error) is { } error)
        {
            await output.WriteAsync(Frames(events => transfer.BreakOff(events, error.ReasonOrDefault)), cancellationToken);
        }

        await EventStreamHub.WriteAsync(output, transfer.Frames, cancellationToken);
    }

    // A client that has a payload's state takes further changes without a new intent.
    public byte[] Encode(RepositoryChange change) => Frames(events =>
    {
        foreach (var item in change.Items)
        {
            events.Item(item);
        }

        events.Transferred(history.Selector(change.Revision), change.Revision);
    });

    public byte[]? Encode(Fault fault, RepositorySnapshot snapshot) => fault.Kind switch
    {
        FaultKind.Garbage => "event: server-intent\ndata: {\"payloads\":[{\"intentCode\":\"xf\n\n"u8.ToArray(),
        FaultKind.Goodbye => Frames(events => events.Goodbye(fault.ReasonOrDefault, fault.TtlSeconds)),
        FaultKind.Error => Frames(events => BreakOffDeletion(events, fault, snapshot)),
        _ => null,
    };

    // What a client must not do: take over the part of a transfer that came before the error.
    private void BreakOffDeletion(PayloadEventWriter events, Fault fault, RepositorySnapshot snapshot)
    {
        foreach (var item in snapshot.Live().Take(BrokenOffItems))
        {
            events.Item(item with { Version = item.Version + 1, Json = null });
        }

        events.Error(history.PayloadId, fault.ReasonOrDefault);
    }

    private static byte[] Frames(Action<PayloadEventWriter> write)
    {
        var frames = new ArrayBufferWriter<byte>(1024);
        using var events = new PayloadEventWriter(frames, framed: true);
        write(events);
        return frames.WrittenSpan.ToArray();
    }
}
