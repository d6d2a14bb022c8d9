using System.Buffers;
using System.Text.Json;
using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard;

/// <summary>Answers what the page asks of an application: its client's flags, values and reasons. Thread-safe.</summary>
internal sealed class ApplicationPage(HalyardPageOptions options, string title)
{
    private const int LargestContext = 1024 * 1024;
    private const string Json = "application/json; charset=utf-8";

    // Values may have as many levels as the data had; what is written is valid by construction.
    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true, MaxDepth = int.MaxValue };

    private readonly object? _client = options.Client;
    private readonly bool _allowsOverrides = options.AllowOverrides;
    private readonly ApplicationPageFeed _feed = new();

    /// <summary>Maps the page and what it asks for.</summary>
    public void Map(IEndpointRouteBuilder group)
    {
        foreach (var (address, file) in PageFiles.All)
        {
            group.MapGet(address, http => address == "/" && !http.Request.Path.Value!.EndsWith('/') ? RedirectAsync(http) : PageFiles.AnswerAsync(http, file));
        }

        group.MapGet("/status", AnswerStatusAsync);
        group.MapGet("/api/flags", http => AnswerItemsAsync(http, static data => data.Flags));
        group.MapGet("/api/flags/{**key}", http => AnswerItemAsync(http, static data => data.Flags));
        group.MapGet("/api/segments", http => AnswerItemsAsync(http, static data => data.Segments));
        group.MapGet("/api/segments/{**key}", http => AnswerItemAsync(http, static data => data.Segments));
        group.MapGet("/api/overrides", http => AnswerOverridesAsync(http, ClientOf(http)));
        group.MapPost("/api/evaluations", EvaluateAsync);
        group.MapPost("/api/explanations/{**key}", ExplainAsync);
        group.MapGet("/api/live", http => _feed.ServeAsync(http, ClientOf(http)));
        if (_allowsOverrides)
        {
            var overrides = new ApplicationPageOverrides(ClientOf, AnswerAsync, FailAsync);
            group.MapPut("/api/overrides/flags/{**key}", overrides.PutAsync);
            group.MapDelete("/api/overrides/flags/{**key}", overrides.RemoveAsync);
        }
    }

    /// <summary>The key in the address; slashes in it may be escaped or not.</summary>
    public static string KeyOf(HttpContext http) => ((string?)http.Request.RouteValues["key"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a body.</summary>
    /// <returns>The body; null when it is too large.</returns>
    public static async Task<byte[]?> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        var piece = new byte[8192];
        while (await http.Request.Body.ReadAsync(piece, http.RequestAborted).ConfigureAwait(false) is var read and > 0)
        {
            if (body.Length + read > LargestContext)
            {
                return null;
            }

            body.Write(piece, 0, read);
        }

        return body.ToArray();
    }

    private IHalyardClient ClientOf(HttpContext http) => _client is null
        ? http.RequestServices.GetRequiredService<IHalyardClient>()
        : http.RequestServices.GetRequiredKeyedService<IHalyardClient>(_client);

    // The page's own addresses are relative, and need the slash.
    private static Task RedirectAsync(HttpContext http)
    {
        var request = http.Request;
        http.Response.Redirect($"{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}/{request.QueryString.ToUriComponent()}");
        return Task.CompletedTask;
    }

    private Task AnswerStatusAsync(HttpContext http)
    {
        var client = ClientOf(http);
        var status = client.DataSourceStatus.Current;
        return AnswerAsync(http, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, title);
            writer.WriteStartObject("page"u8);
            writer.WriteString("title"u8, title);
            writer.WriteBoolean("edits"u8, _allowsOverrides && client is Client);
            writer.WriteBoolean("activity"u8, false);
            writer.WriteEndObject();
            writer.WriteStartArray("environments"u8);
            writer.WriteStartObject();
            writer.WriteString("name"u8, title);
            writer.WriteNumber("revision"u8, 0);
            writer.WriteString("state"u8, status.State.ToString());
            if (status.State != DataSourceState.Valid && status.LastError is { } error)
            {
                writer.WriteString("error"u8, error.Message);
            }

            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private async Task AnswerItemsAsync(HttpContext http, Func<ApplicationPageData, IReadOnlyCollection<ItemDescriptor>> choose)
    {
        var data = await ApplicationPageData.ReadAsync(ClientOf(http), http.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(http, writer =>
        {
            writer.WriteStartObject();
            foreach (var item in choose(data))
            {
                writer.WritePropertyName(item.Key);
                writer.WriteRawValue(item.ToUtf8Json(), skipInputValidation: true);
            }

            writer.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task AnswerItemAsync(HttpContext http, Func<ApplicationPageData, IReadOnlyCollection<ItemDescriptor>> choose)
    {
        var key = KeyOf(http);
        var data = await ApplicationPageData.ReadAsync(ClientOf(http), http.RequestAborted).ConfigureAwait(false);
        await (choose(data).FirstOrDefault(item => item.Key == key) is { } item
            ? AnswerAsync(http, writer => writer.WriteRawValue(item.ToUtf8Json(), skipInputValidation: true))
            : FailAsync(http, StatusCodes.Status404NotFound, "There is no such item.")).ConfigureAwait(false);
    }

    private static Task AnswerOverridesAsync(HttpContext http, IHalyardClient client) => AnswerAsync(http, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("flags"u8);
        foreach (var item in client is Client { Overrides: var overrides } ? overrides.Flags : [])
        {
            writer.WritePropertyName(item.Key);
            writer.WriteStartObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartObject("segments"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private async Task EvaluateAsync(HttpContext http)
    {
        if (await ReadContextAsync(http).ConfigureAwait(false) is { } context)
        {
            var state = await ClientOf(http).AllFlagsStateAsync(context, AllFlagsOptions.WithReasons, http.RequestAborted).ConfigureAwait(false);
            await AnswerAsync(http, state.WriteEvaluationsTo).ConfigureAwait(false);
        }
    }

    private async Task ExplainAsync(HttpContext http)
    {
        if (await ReadContextAsync(http).ConfigureAwait(false) is not { } context)
        {
            return;
        }

        var data = await ApplicationPageData.ReadAsync(ClientOf(http), http.RequestAborted).ConfigureAwait(false);
        var explanation = await FlagExplanation.OfAsync(data.Flags, data.Segments, KeyOf(http), context, http.RequestAborted).ConfigureAwait(false);
        await (explanation is null ? FailAsync(http, StatusCodes.Status404NotFound, "There is no such flag.") : AnswerAsync(http, explanation.WriteTo)).ConfigureAwait(false);
    }

    private static async Task<Context?> ReadContextAsync(HttpContext http)
    {
        if (await ReadAsync(http).ConfigureAwait(false) is not { } body)
        {
            await FailAsync(http, StatusCodes.Status413PayloadTooLarge, "The context is too large.").ConfigureAwait(false);
            return null;
        }

        var context = Context.FromJson(body);
        if (context.IsValid)
        {
            return context;
        }

        await FailAsync(http, StatusCodes.Status400BadRequest, $"The context is invalid: {context.Error}").ConfigureAwait(false);
        return null;
    }

    private static Task FailAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        return AnswerAsync(http, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("error"u8, message);
            writer.WriteEndObject();
        });
    }

    private static async Task AnswerAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, Writing))
        {
            write(writer);
        }

        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.ContentType = Json;
        http.Response.ContentLength = body.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }
}
