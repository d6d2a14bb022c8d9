using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What SDKs that speak FDv1 ask for: the stream, the poll, single items, and places for events.</summary>
internal sealed class SdkEndpoint : IDevServerEndpoint
{
    public const string StreamPath = "/all";

    public RouteKind Kind => RouteKind.Sdk;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StreamPath, static http => http.Served().Streams.ServeAsync(http)).WithMetadata(StreamRoute.Marker);
        routes.MapGet("/sdk/latest-all", AnswerAllAsync);
        routes.MapGet("/sdk/flags", static http => http.Response.WriteJsonAsync(writer => http.Served().Repository.Current.WriteItems(writer, DataKind.Flag)));
        routes.MapGet("/sdk/flags/{**key}", static http => AnswerItemAsync(http, DataKind.Flag));
        routes.MapGet("/sdk/segments/{**key}", static http => AnswerItemAsync(http, DataKind.Segment));
        routes.MapPost("/bulk", EventSink.AcceptAsync).WithMetadata(EventSink.Marker);
        routes.MapPost("/diagnostic", EventSink.AcceptAsync).WithMetadata(EventSink.Marker);
    }

    private static Task AnswerAllAsync(HttpContext http)
    {
        var snapshot = http.Served().Repository.Current;
        return !AnswerFaults.SpoilBody(http) && http.AnswerNotModified(snapshot.EntityTag)
            ? Task.CompletedTask
            : http.AnswerCompressibleAsync(snapshot.DataJson, _ => snapshot.DataJsonGzip);
    }

    private static Task AnswerItemAsync(HttpContext http, DataKind kind)
    {
        var key = http.Request.KeyFromRoute();
        return http.Served().Repository.Current.Find(kind, key)?.Json is { } json
            ? http.Response.WriteJsonAsync(json)
            : http.Response.WriteErrorAsync(StatusCodes.Status404NotFound, $"There is no {kind.Noun()} \"{key}\".");
    }
}
