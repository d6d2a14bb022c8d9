using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>What SDKs that speak FDv2 ask for: the stream and the poll.</summary>
internal sealed class PayloadEndpoint(ILogger logger) : IDevServerEndpoint
{
    public const string StreamPath = "/sdk/stream";
    public const string PollPath = "/sdk/poll";

    private readonly ILogger _logger = logger;

    public RouteKind Kind => RouteKind.Sdk;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StreamPath, static http => http.Served().PayloadStreams.ServeAsync(http)).WithMetadata(StreamRoute.Marker);
        routes.MapGet(PollPath, PollAsync);
    }

    private async Task PollAsync(HttpContext http)
    {
        var (snapshot, history) = (http.Served().Repository.Current, http.Served().History);
        // The tag goes with the address, basis included: the same state, asked for in the same way, is the same answer.
        var tag = string.Create(CultureInfo.InvariantCulture, $"\"{history.PayloadId}-{snapshot.Revision}\"");
        if (!AnswerFaults.SpoilBody(http) && http.AnswerNotModified(tag))
        {
            return;
        }

        if (AnswerFaults.Find(http, FaultKind.Goodbye) is { } goodbye)
        {
            await AnswerAsync(http, events => events.Goodbye(goodbye.ReasonOrDefault, goodbye.TtlSeconds));
            return;
        }

        var transfer = history.Plan(http.Request.Query["basis"], snapshot);
        ServeLog.PollAnswered(_logger, transfer.Code, transfer.Reason, transfer.Items.Count);
        await (AnswerFaults.Find(http, FaultKind.Error) is { } error
            ? AnswerAsync(http, events => transfer.BreakOff(events, error.ReasonOrDefault))
            : http.AnswerCompressibleAsync(transfer.Body, _ => transfer.BodyGzip));
    }

    private static Task AnswerAsync(HttpContext http, Action<PayloadEventWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        body.Write(PayloadEventWriter.BodyBegin);
        using (var events = new PayloadEventWriter(body, framed: false))
        {
            write(events);
        }

        body.Write(PayloadEventWriter.BodyEnd);
        return http.AnswerCompressibleAsync(body.WrittenMemory, HttpAnswers.Gzip);
    }
}
