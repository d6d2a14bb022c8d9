using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Halyard.ContractService;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>The service with a harness's side, driven over HTTP as a harness drives it; counts what it asks.</summary>
public sealed class ServiceDriver : IAsyncLifetime
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentDictionary<string, bool> _commands = new();
    private int _interactions;

    internal ContractServer Service { get; private set; } = null!;

    internal MockHarness Harness { get; private set; } = null!;

    /// <summary>How many requests were sent.</summary>
    public int Interactions => Volatile.Read(ref _interactions);

    /// <summary>The commands that succeeded at least once.</summary>
    public IEnumerable<string> Commands => _commands.Keys;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Harness = await MockHarness.StartAsync();
        Service = await ContractServer.StartAsync(0, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Harness.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>Any request.</summary>
    public async Task<(HttpStatusCode Status, string Text, Uri? Location)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        Interlocked.Increment(ref _interactions);
        using var request = new HttpRequestMessage(method, new Uri(Service.Address, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Headers.Location);
    }

    /// <summary>Makes a client.</summary>
    /// <param name="configuration">The configuration; <c>$H</c> stands for the harness's address.</param>
    public async Task<string> CreateAsync(string configuration)
    {
        var (status, text, location) = await SendAsync(HttpMethod.Post, "/", Body(configuration));
        Assert.True(status == HttpStatusCode.Created, $"{status}: {text}");
        return location!.OriginalString;
    }

    public string Body(string configuration)
    {
        var node = JsonNode.Parse(configuration.Replace("$H", Harness.Address, StringComparison.Ordinal))!;
        node["credential"] ??= "sdk-key";
        return new JsonObject { ["tag"] = "test", ["configuration"] = node }.ToJsonString();
    }

    /// <summary>Runs a command that succeeds.</summary>
    public async Task<JsonNode?> RunAsync(string client, string command, string? parameters = null)
    {
        var body = new JsonObject { ["command"] = command };
        if (parameters is not null)
        {
            body[command] = JsonNode.Parse(parameters.Replace("$H", Harness.Address, StringComparison.Ordinal));
        }

        var (status, text, _) = await SendAsync(HttpMethod.Post, client, body.ToJsonString());
        Assert.True((int)status is >= 200 and < 300, $"{command}: {status} {text}");
        _commands[command] = true;
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public async Task CloseAsync(string client) =>
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, client)).Status);
}
