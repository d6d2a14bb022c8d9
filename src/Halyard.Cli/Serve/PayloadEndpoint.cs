using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>What SDKs of the newer protocol ask for: the stream and the poll.</summary>
internal sealed partial class PayloadEndpoint(FlagRepository repository, PayloadHistory history, EventStreamHub streams, ILogger logger)
    : IDevServerEndpoint
{
    public const string StreamPath = "/sdk/stream";
    public const string PollPath = "/sdk/poll";

    private readonly ILogger _logger = logger;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StreamPath, streams.ServeAsync).WithMetadata(StreamRoute.Marker);
        routes.MapGet(PollPath, PollAsync);
    }

    private async Task PollAsync(HttpContext http)
    {
        var snapshot = repository.Current;
        // The tag goes with the address, basis included: the same state, asked for in the same way, is the same answer.
        var tag = string.Create(CultureInfo.InvariantCulture, $"\"{history.PayloadId}-{snapshot.Revision}\"");
        if (!AnswerFaults.SpoilBody(http) && http.AnswerNotModified(tag))
        {
            return;
        }

        var body = new ArrayBufferWriter<byte>(4096);
        body.Write("{\"events\":["u8);
        using (var events = new PayloadEventWriter(body, framed: false))
        {
            if (AnswerFaults.Find(http, FaultKind.Goodbye) is { } goodbye)
            {
                events.Goodbye(goodbye.ReasonOrDefault, goodbye.TtlSeconds);
            }
            else
            {
                Write(events, history.Plan(http.Request.Query["basis"], snapshot), AnswerFaults.Find(http, FaultKind.Error));
            }
        }

        body.Write("]}"u8);
        await http.AnswerCompressibleAsync(body.WrittenMemory, HttpAnswers.Gzip);
    }

    private void Write(PayloadEventWriter events, PayloadTransfer transfer, Fault? error)
    {
        LogTransfer(transfer.Code, transfer.Reason, transfer.Items.Count);
        if (error is not null)
        {
            transfer.BreakOff(events, error.ReasonOrDefault);
            return;
        }

        transfer.Begin(events);
        foreach (var item in transfer.Items)
        {
            events.Item(item);
        }

        transfer.End(events);
    }

    [LoggerMessage(1, LogLevel.Information, "poll answered with {Code} ({Reason}), {Count} objects")]
    private partial void LogTransfer(string code, string reason, int count);
}
