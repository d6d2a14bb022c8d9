using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>What is laid over the source, over HTTP: <c>GET</c>, <c>PUT</c> and <c>DELETE</c> under <c>/api/overrides</c>.</summary>
internal sealed class OverrideEndpoint(ILogger logger) : IDevServerEndpoint
{
    private const string All = "/api/overrides";
    private const int LargestBody = 16 * 1024 * 1024;

    private readonly ILogger _logger = logger;

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, AnswerAllAsync);
        routes.MapDelete(All, http => EditAsync(http, repository =>
        {
            foreach (var (kind, key) in repository.State.Overrides.Keys)
            {
                repository.RemoveOverride(kind, key);
            }

            return AnswerAllAsync(http);
        }));
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            var one = $"{All}/{kind.Noun()}s/{{**key}}";
            routes.MapPut(one, async http =>
            {
                if (await http.KeyOr400Async(kind) is not { } key || await http.ReadBodyAsync(LargestBody) is not { } body)
                {
                    return;
                }

                await EditAsync(http, repository => AnswerAsync(http, repository.SetOverride(kind, key, served => ItemOverride.Read(kind, key, body, served))));
            });
            routes.MapDelete(one, async http =>
            {
                if (await http.KeyOr400Async(kind) is { } key)
                {
                    await EditAsync(http, repository => repository.RemoveOverride(kind, key) is { } item
                        ? AnswerAsync(http, item)
                        : http.Response.WriteErrorAsync(StatusCodes.Status404NotFound, $"The {kind.Noun()} \"{key}\" is not overridden."));
                }
            });
        }
    }

    private static Task AnswerAllAsync(HttpContext http) => http.Response.WriteJsonAsync(writer =>
    {
        writer.WriteStartObject();
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            writer.WriteStartObject(kind.Noun() + "s");
            foreach (var (id, made) in http.Served().Repository.State.Overrides)
            {
                if (id.Kind == kind)
                {
                    writer.WritePropertyName(id.Key);
                    made.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    });

    private Task AnswerAsync(HttpContext http, RepositoryItem item)
    {
        ServeLog.Edited(_logger, http.Request.Method + " override", item.Kind.Noun(), item.Key, item.Version);
        return http.Response.WriteItemAsync(item);
    }

    private static async Task EditAsync(HttpContext http, Func<FlagRepository, Task> edit)
    {
        try
        {
            await edit(http.Served().Repository);
        }
        catch (MalformedDataException exception)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, exception.Message, exception.Path);
        }
        catch (WriteBackException exception)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status409Conflict, exception.Message);
        }
    }
}
