using System.Net;
using System.Text;
using System.Text.Json;
using Halyard.Cli;
using Halyard.Model;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.IntegrationTests.Cli;

/// <summary>Development servers on free ports, and plain HTTP clients to ask them.</summary>
public abstract class ServeTestBase : IAsyncDisposable
{
    protected const string FlagA = """{"key":"a","version":3,"on":true,"variations":["x","y"],"fallthrough":{"variation":0},"offVariation":1,"salt":""}""";
    protected const string FlagB = """{"key":"b","version":1,"on":true,"variations":[1,2],"fallthrough":{"variation":0},"salt":""}""";
    private protected static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly List<IAsyncDisposable> _disposables = [];

    private protected FakeTimeProvider Time { get; } = new();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        for (var i = _disposables.Count - 1; i >= 0; i--)
        {
            await _disposables[i].DisposeAsync();
        }
    }

    /// <summary>A directory of this test's own.</summary>
    private protected DirectoryInfo NewDirectory()
    {
        var directory = new TemporaryDirectory();
        _disposables.Add(directory);
        return directory.Info;
    }

    private protected async Task<DevServer> StartAsync(DevServerOptions? options = null)
    {
        var server = await DevServer.StartAsync((options ?? new()) with { TimeProvider = Time }, Token);
        _disposables.Add(server);
        return server;
    }

    private protected async Task<EventReader> OpenAsync(DevServer server, string? basis = null, string path = "sdk/stream")
    {
        var reader = await EventReader.OpenAsync(Http(server), path + (basis is null ? "" : "?basis=" + Uri.EscapeDataString(basis)));
        _disposables.Add(reader);
        return reader;
    }

    private protected static HttpClient Http(DevServer server)
    {
        var http = new HttpClient { BaseAddress = server.BaseUri, Timeout = Bound };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "any-key");
        return http;
    }

    private protected static async Task<HttpResponseMessage> GetAsync(DevServer server, string path, string? entityTag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (entityTag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", entityTag);
        }

        return await Http(server).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private protected static async Task<HttpStatusCode> StatusAsync(DevServer server, string path)
    {
        using var response = await GetAsync(server, path);
        return response.StatusCode;
    }

    private protected static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(DevServer server, string method, string path, string? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", key);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await Http(server).SendAsync(request, Token);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token), new() { MaxDepth = int.MaxValue });
        return (response.StatusCode, json.RootElement.Clone());
    }

    /// <summary>The events of a poll's answer.</summary>
    private protected static async Task<List<PayloadWord>> PollAsync(DevServer server, string? basis = null)
    {
        using var response = await GetAsync(server, "sdk/poll" + (basis is null ? "" : "?basis=" + Uri.EscapeDataString(basis)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return PayloadWord.OfPoll(await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>A stream's events up to and including the one that ends a transfer.</summary>
    private protected static async Task<List<PayloadWord>> TransferAsync(EventReader events)
    {
        var words = new List<PayloadWord>();
        do
        {
            var (name, data) = await events.NextAsync();
            words.Add(new(name, data));
        }
        while (words[^1] is not { Name: "payload-transferred" or "error" or "goodbye" } && words[^1].Code != "none");
        return words;
    }

    /// <summary>Changes flag a.</summary>
    private protected static void Touch(DevServer server) =>
        server.Patch(DataKind.Flag, "a", $$"""{"salt":"{{server.Repository.Current.Revision}}"}""");

    private sealed class TemporaryDirectory : IAsyncDisposable
    {
        public DirectoryInfo Info { get; } = Directory.CreateTempSubdirectory("halyard-serve-");

        public ValueTask DisposeAsync()
        {
            Info.Delete(recursive: true);
            return default;
        }
    }
}
