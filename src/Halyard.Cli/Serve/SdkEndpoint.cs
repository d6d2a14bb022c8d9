using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What SDKs that speak FDv1 ask for: the stream, the poll, single items, and places for events.</summary>
internal sealed class SdkEndpoint(FlagRepository repository, EventStreamHub streams) : IDevServerEndpoint
{
    public const string StreamPath = "/all";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StreamPath, streams.ServeAsync).WithMetadata(StreamRoute.Marker);
        routes.MapGet("/sdk/latest-all", AnswerAllAsync);
        routes.MapGet("/sdk/flags", http => http.Response.WriteJsonAsync(writer => repository.Current.WriteItems(writer, DataKind.Flag)));
        routes.MapGet("/sdk/flags/{**key}", http => AnswerItemAsync(http, DataKind.Flag));
        routes.MapGet("/sdk/segments/{**key}", http => AnswerItemAsync(http, DataKind.Segment));
        routes.MapPost("/bulk", AcceptEvents);
        routes.MapPost("/diagnostic", AcceptEvents);
    }

    private Task AnswerAllAsync(HttpContext http)
    {
        var snapshot = repository.Current;
        return !AnswerFaults.SpoilBody(http) && http.AnswerNotModified(snapshot.EntityTag)
            ? Task.CompletedTask
            : http.AnswerCompressibleAsync(snapshot.DataJson, _ => snapshot.DataJsonGzip);
    }

    private Task AnswerItemAsync(HttpContext http, DataKind kind)
    {
        var key = http.Request.KeyFromRoute();
        return repository.Current.Find(kind, key)?.Json is { } json
            ? http.Response.WriteJsonAsync(json)
            : http.Response.WriteErrorAsync(StatusCodes.Status404NotFound, $"There is no {kind.Noun()} \"{key}\".");
    }

    // Events are taken, so that SDKs do not complain, and dropped: this server analyses nothing.
    private static Task AcceptEvents(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }
}
