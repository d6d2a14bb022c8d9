using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>Reading and changing single flags and segments over HTTP, under <c>/api</c>.</summary>
internal sealed class EditEndpoint(ILogger logger) : IDevServerEndpoint
{
    private readonly ILogger _logger = logger;

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            var all = $"/api/{kind.Noun()}s";
            var one = all + "/{**key}";
            routes.MapGet(all, http => http.Response.WriteJsonAsync(writer => http.Served().Repository.Current.WriteItems(writer, kind)));
            routes.MapGet(one, http => AnswerAsync(http, kind, http.Served().Repository.Current.Find(kind, http.Request.KeyFromRoute())));
            routes.MapPut(one, http => EditAsync(http, kind, (key, body) => http.Served().Editor.Put(kind, key, body)));
            routes.MapPatch(one, http => EditAsync(http, kind, (key, body) => http.Served().Editor.Patch(kind, key, body)));
            routes.MapDelete(one, http => EditAsync(http, kind, (key, _) => http.Served().Editor.Delete(kind, key)));
        }
    }

    private async Task EditAsync(HttpContext http, DataKind kind, Func<string, ReadOnlyMemory<byte>, RepositoryItem?> edit)
    {
        var key = http.Request.KeyFromRoute();
        if (key.Length == 0)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, $"The address ends in the {kind.Noun()}'s key.");
            return;
        }

        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        RepositoryItem? item;
        try
        {
            item = edit(key, body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        catch (MalformedDataException exception)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, exception.Message, exception.Path);
            return;
        }
        catch (WriteBackException exception)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status409Conflict, exception.Message);
            return;
        }

        if (item is not null)
        {
            ServeLog.Edited(_logger, http.Request.Method, kind.Noun(), key, item.Version);
        }

        await AnswerAsync(http, kind, item);
    }

    private static Task AnswerAsync(HttpContext http, DataKind kind, RepositoryItem? item) => item switch
    {
        null => http.Response.WriteErrorAsync(
            StatusCodes.Status404NotFound, $"There is no {kind.Noun()} \"{http.Request.KeyFromRoute()}\"."),
        { Json: { } json } => http.Response.WriteJsonAsync(json),
        _ => http.Response.WriteJsonAsync(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("key"u8, item.Key);
            writer.WriteNumber("version"u8, item.Version);
            writer.WriteBoolean("deleted"u8, true);
            writer.WriteEndObject();
        }),
    };
}
