using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Halyard.DataInterfaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.ContractService;

/// <summary>
/// The service that a contract-test harness drives: it makes clients and runs commands on them. On loopback alone.
/// </summary>
internal sealed class ContractServer : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly Callbacks _callbacks = new();
    private readonly ConcurrentDictionary<string, ClientEntity> _clients = new();
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoopbackApplication _application = null!;
    private long _made;

    private ContractServer(ILoggerFactory loggers) => _loggers = loggers;

    /// <summary>The service's address.</summary>
    public Uri Address => _application.Address;

    /// <summary>How many clients are open.</summary>
    public int OpenClients => _clients.Count;

    /// <summary>Completes when the harness asks the service to stop.</summary>
    public Task StopAsked => _stopAsked.Task;

    /// <summary>Starts the service.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="loggers">Where clients log.</param>
    public static async Task<ContractServer> StartAsync(int port, ILoggerFactory loggers)
    {
        var server = new ContractServer(loggers);
        server._application = await LoopbackApplication.StartAsync(port, server.Map);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        foreach (var id in _clients.Keys)
        {
            if (_clients.TryRemove(id, out var client))
            {
                await client.DisposeAsync();
            }
        }

        _callbacks.Dispose();
    }

    private static async Task AnswerAsync(HttpContext http, int status, string? text, string type = "text/plain; charset=utf-8")
    {
        http.Response.StatusCode = status;
        if (text is not null)
        {
            http.Response.ContentType = type;
            await http.Response.WriteAsync(text, http.RequestAborted);
        }
    }

    private static async Task<JsonDocument> BodyAsync(HttpContext http)
    {
        var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw new BadRequestException("the body is not a JSON object");
    }

    private void Map(WebApplication application)
    {
        application.Use(GuardAsync);
        application.MapGet("/", (RequestDelegate)StatusAsync);
        application.MapPost("/", (RequestDelegate)CreateAsync);
        application.MapDelete("/", (RequestDelegate)StopAsync);
        application.MapPost("/clients/{id}", (RequestDelegate)CommandAsync);
        application.MapDelete("/clients/{id}", (RequestDelegate)CloseAsync);
    }

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var isTheirs = e is BadRequestException or JsonException or ArgumentException or MalformedDataException;
            await AnswerAsync(http, isTheirs ? StatusCodes.Status400BadRequest : StatusCodes.Status500InternalServerError, e.Message);
        }
    }

    private static Task StatusAsync(HttpContext http) => AnswerAsync(
        http,
        StatusCodes.Status200OK,
        Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name", "halyard");
            writer.WriteString("clientVersion", typeof(Client).Assembly.GetName().Version?.ToString(3));
            writer.WriteStartArray("capabilities");
            foreach (var capability in Capabilities.All)
            {
                writer.WriteStringValue(capability);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }),
        "application/json");

    private async Task CreateAsync(HttpContext http)
    {
        using var body = await BodyAsync(http);
        var configuration = body.RootElement.RequiredObject("configuration");
        var options = ClientConfiguration.Read(configuration, _loggers, _callbacks);
        var client = await Client.StartAsync(options, http.RequestAborted);
        var problem = client.DataSourceStatus.Current.LastError?.Message ?? "no data has arrived in time";

        // Harnesses that present a bad certificate ask only that no request arrives, and take a refused client for a fault.
        var isUntrusted = problem.StartsWith(SourceFailure.TlsFailed, StringComparison.Ordinal);

        // A store that something else fills may be filled later: whoever only reads it needs no more than that it answers.
        var isReady = client.Initialized
            || (options.DataSystem is LazyLoadOptions && client.DataSourceStatus.Current.State == DataSourceState.Valid);
        if (!isReady && !isUntrusted && !configuration.Bool("initCanFail"))
        {
            await client.DisposeAsync();
            await AnswerAsync(http, StatusCodes.Status500InternalServerError, $"the client did not initialize: {problem}");
            return;
        }

        var id = Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture);
        _clients[id] = new(client, _callbacks);
        http.Response.Headers.Location = "/clients/" + id;
        http.Response.StatusCode = StatusCodes.Status201Created;
    }

    private async Task CommandAsync(HttpContext http)
    {
        if (!_clients.TryGetValue((string)http.Request.RouteValues["id"]!, out var client))
        {
            await AnswerAsync(http, StatusCodes.Status404NotFound, "there is no such client");
            return;
        }

        using var body = await BodyAsync(http);
        var answer = await client.RunAsync(body.RootElement, http.RequestAborted);
        await AnswerAsync(http, answer is null ? StatusCodes.Status204NoContent : StatusCodes.Status200OK, answer, "application/json");
    }

    private async Task CloseAsync(HttpContext http)
    {
        if (!_clients.TryRemove((string)http.Request.RouteValues["id"]!, out var client))
        {
            await AnswerAsync(http, StatusCodes.Status404NotFound, "there is no such client");
            return;
        }

        await client.DisposeAsync();
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private Task StopAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        http.Response.OnCompleted(() =>
        {
            _stopAsked.TrySetResult();
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }
}
