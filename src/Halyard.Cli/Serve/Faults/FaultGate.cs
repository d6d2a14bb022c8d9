using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>Applies faults to requests of SDKs. Faults that are events of a protocol are left to the endpoints.</summary>
internal sealed class FaultGate(FaultBoard board, TimeProvider time, ILogger logger)
{
    private static readonly byte[] GarbageBody = "{\"flags\":{\"gar"u8.ToArray();

    private readonly ILogger _logger = logger;

    public async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RouteMark>() is not { ServesData: true } || http.GetEndpoint()!.Metadata.GetMetadata<PreflightRoute>() is not null || board.Take(http.Request) is not { Count: > 0 } faults)
        {
            await next(http);
            return;
        }

        ServeLog.Faulted(_logger, http.Request.Path, string.Join(", ", faults.Select(static fault => FaultReader.NameOf(fault.Kind))));
        http.Features.Set(new AnswerFaults(faults));
        if (AnswerFaults.Find(http, FaultKind.Delay) is { } delay)
        {
            try
            {
                await Task.Delay(delay.Delay, time, http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        if (AnswerFaults.Find(http, FaultKind.Drop) is not null)
        {
            http.Abort();
        }
        else if (AnswerFaults.Find(http, FaultKind.Cut) is { } cut)
        {
            await CutAsync(http, cut.Bytes, next);
        }
        else
        {
            await AnswerAsync(http, next);
        }
    }

    private static Task AnswerAsync(HttpContext http, RequestDelegate next)
    {
        if (AnswerFaults.Find(http, FaultKind.Fallback) is { } fallback)
        {
            http.Response.Headers["X-LD-FD-Fallback"] = "true";
            if (fallback.TtlSeconds is { } seconds)
            {
                http.Response.Headers["X-LD-FD-Fallback-TTL"] = seconds.ToString(CultureInfo.InvariantCulture);
            }
        }

        if (AnswerFaults.Find(http, FaultKind.Status) is { } status)
        {
            return http.Response.WriteErrorAsync(status.StatusCode, "Refused, as the server was told to.");
        }

        return AnswerFaults.Find(http, FaultKind.Garbage) is not null && http.GetEndpoint()?.Metadata.GetMetadata<StreamRoute>() is null
            ? http.Response.WriteJsonAsync(GarbageBody)
            : next(http);
    }

    private static async Task CutAsync(HttpContext http, long bytes, RequestDelegate next)
    {
        var body = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var stream = new CutStream(body.Stream, bytes);
        var counted = new StreamResponseBodyFeature(stream, body);
        http.Features.Set<IHttpResponseBodyFeature>(counted);
        try
        {
            await AnswerAsync(http, next);
            await counted.CompleteAsync();
        }
        finally
        {
            http.Features.Set(body);
        }
    }
}
