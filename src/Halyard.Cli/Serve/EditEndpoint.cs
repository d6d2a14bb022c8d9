using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>Reading and changing single flags and segments over HTTP, under <c>/api</c>.</summary>
internal sealed class EditEndpoint(ILogger logger) : IDevServerEndpoint
{
    private const int LargestBody = 16 * 1024 * 1024;

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
        if (await http.KeyOr400Async(kind) is not { } key)
        {
            return;
        }

        if (await http.ReadBodyAsync(LargestBody) is not { } body)
        {
            return;
        }

        RepositoryItem? item;
        try
        {
            item = edit(key, body);
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
        _ => http.Response.WriteItemAsync(item),
    };
}
