using System.Globalization;
using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>What a person who looks wants to know: values for a context and why, who is connected, and what happens, live.</summary>
internal sealed class LookEndpoint(TimeProvider time, ILogger logger) : IDevServerEndpoint
{
    private const int LargestContext = 1024 * 1024;

    private readonly ILogger _logger = logger;

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/evaluations", EvaluateAsync);
        routes.MapPost("/api/explanations/{**key}", ExplainAsync);
        routes.MapGet("/api/connections", AnswerConnectionsAsync);
        routes.MapGet("/api/live", http => new LiveFeed(http.Served(), time, _logger).ServeAsync(http));
    }

    private static async Task EvaluateAsync(HttpContext http)
    {
        if (await ReadContextAsync(http) is { } context)
        {
            await http.Response.WriteJsonAsync(http.Served().Client.AllFlagsState(context, AllFlagsOptions.WithReasons).WriteEvaluationsTo);
        }
    }

    private static async Task ExplainAsync(HttpContext http)
    {
        if (await http.KeyOr400Async(DataKind.Flag) is not { } key || await ReadContextAsync(http) is not { } context)
        {
            return;
        }

        var data = http.Served().Client.Store.Snapshot();
        if (await FlagExplanation.OfAsync(data.AllFlags(), data.AllSegments(), key, context, http.RequestAborted) is not { } explanation)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status404NotFound, $"There is no flag \"{key}\".");
            return;
        }

        await http.Response.WriteJsonAsync(explanation.WriteTo);
    }

    private static Task AnswerConnectionsAsync(HttpContext http) => http.Response.WriteJsonAsync(writer =>
    {
        writer.WriteStartArray();
        foreach (var connection in http.Served().Connections)
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, connection.Kind);
            writer.WriteString("client"u8, connection.Client);
            writer.WriteString("since"u8, connection.Since.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteNumber("position"u8, connection.Position);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static async Task<Context?> ReadContextAsync(HttpContext http)
    {
        if (await http.ReadBodyAsync(LargestContext) is not { } body)
        {
            return null;
        }

        var context = Context.FromJson(body);
        if (context.IsValid)
        {
            return context;
        }

        await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, $"The context is invalid: {context.Error}");
        return null;
    }
}
