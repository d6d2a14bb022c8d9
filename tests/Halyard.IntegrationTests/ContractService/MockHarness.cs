using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Halyard.ContractService;
using Halyard.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>A request that reached the harness's side.</summary>
internal sealed record HarnessRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>An answer of the harness's side.</summary>
internal sealed record HarnessAnswer(int Status, string Body = "")
{
    /// <summary>The time that the answer tells; null for the true one.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Whether the answer orders FDv1.</summary>
    public bool IsDirective { get; init; }
}

/// <summary>
/// What a contract-test harness has on its side: the flag services of both protocols, the event service, callbacks and
/// origins of migrations, all on one loopback port and told apart by the first part of the path.
/// </summary>
internal sealed class MockHarness : IAsyncDisposable
{
    public const string EnvironmentId = "env-1";

    private const string Directive = "X-LD-FD-Fallback";

    private readonly ConcurrentDictionary<Channel<string>, bool> _streams = new();
    private LoopbackApplication _application = null!;

    private MockHarness()
    {
    }

    /// <summary>Where it is reached: under TLS by the name that certificates are made for.</summary>
    public string Address => _application.Address is { Scheme: "https" } secure
        ? $"https://localhost:{secure.Port}"
        : _application.Address.AbsoluteUri.TrimEnd('/');

    public Journal<HarnessRequest> Requests { get; } = new();

    /// <summary>How many streams are open.</summary>
    public int OpenStreams => _streams.Count;

    /// <summary>The flags and segments of the environment.</summary>
    public string Data { get; set; } = """{"flags":{},"segments":{}}""";

    /// <summary>Asked first for an answer; null leaves the request to the usual one.</summary>
    public Func<HarnessRequest, HarnessAnswer?>? Script { get; set; }

    public static async Task<MockHarness> StartAsync(X509Certificate2? certificate = null)
    {
        var harness = new MockHarness();
        harness._application = await LoopbackApplication.StartAsync(
            0, application => application.Run(harness.AnswerAsync), certificate, TestContext.Current.CancellationToken);
        return harness;
    }

    /// <summary>Sends a text on every open stream.</summary>
    public void Push(string text)
    {
        foreach (var stream in _streams.Keys)
        {
            stream.Writer.TryWrite(text);
        }
    }

    public IReadOnlyList<HarnessRequest> At(string path) => [.. Requests.Entries.Where(r => r.Path.StartsWith(path, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams.Keys)
        {
            stream.Writer.TryComplete();
        }

        await _application.DisposeAsync();
    }

    /// <summary>A data set as a poll of FDv2.</summary>
    public static string Polled(string data)
    {
        var events = new StringBuilder("""{"events":[{"event":"server-intent","data":{"payloads":[{"id":"p","target":1,"intentCode":"xfer-full","reason":"initial"}]}},""");
        foreach (var (kind, key, item) in Items(data))
        {
            events.Append($$"""{"event":"put-object","data":{"version":1,"kind":"{{kind}}","key":"{{key}}","object":{{item}} } },""");
        }

        return events.Append("""{"event":"payload-transferred","data":{"state":"s1","version":1}}]}""").ToString();
    }

    /// <summary>A data set as the begin of a stream of FDv2.</summary>
    public static string Streamed(string data) => string.Concat(
        JsonNode.Parse(Polled(data))!["events"]!.AsArray().Select(e => $"event: {e!["event"]}\ndata: {e["data"]!.ToJsonString()}\n\n"));

    private static IEnumerable<(string Kind, string Key, string Item)> Items(string data)
    {
        var all = JsonNode.Parse(data)!;
        return all["flags"]!.AsObject().Select(p => ("flag", p.Key, p.Value!.ToJsonString()))
            .Concat(all["segments"]!.AsObject().Select(p => ("segment", p.Key, p.Value!.ToJsonString())));
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        Stream body = http.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(http.Request.Body, CompressionMode.Decompress) : http.Request.Body;
        using var reader = new StreamReader(body);
        var request = new HarnessRequest(
            http.Request.Method,
            path,
            http.Request.QueryString.Value ?? "",
            http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync(http.RequestAborted));
        Requests.Add(request);
        http.Response.Headers["X-LD-EnvID"] = EnvironmentId;
        if (Script?.Invoke(request) is { } answer)
        {
            http.Response.StatusCode = answer.Status;
            if (answer.Date is { } date)
            {
                http.Response.Headers.Date = date.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            }

            if (answer.IsDirective)
            {
                http.Response.Headers[Directive] = "true";
            }

            if (path.EndsWith("/sdk/stream", StringComparison.Ordinal))
            {
                http.Response.ContentType = "text/event-stream";
            }

            await http.Response.WriteAsync(answer.Body, http.RequestAborted);
            return;
        }

        switch (path)
        {
            case var _ when path.StartsWith("/status/", StringComparison.Ordinal):
                http.Response.StatusCode = int.Parse(path.Split('/')[2], System.Globalization.CultureInfo.InvariantCulture);
                break;
            case var _ when path.StartsWith("/slow/", StringComparison.Ordinal):
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case var _ when path.StartsWith("/fallback/", StringComparison.Ordinal):
                http.Response.Headers[Directive] = "true";
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                break;
            case "/gzip/sdk/latest-all":
                http.Response.Headers.ContentEncoding = "gzip";
                await using (var compressed = new GZipStream(http.Response.Body, CompressionLevel.Fastest))
                {
                    await compressed.WriteAsync(Encoding.UTF8.GetBytes(Data), http.RequestAborted);
                }

                break;
            case var _ when path.EndsWith("/sdk/latest-all", StringComparison.Ordinal):
                await http.Response.WriteAsync(Data, http.RequestAborted);
                break;
            case var _ when path.EndsWith("/sdk/poll", StringComparison.Ordinal):
                await http.Response.WriteAsync(Polled(Data), http.RequestAborted);
                break;
            case var _ when path.EndsWith("/all", StringComparison.Ordinal):
                await StreamAsync(http, $$"""event: put{{"\n"}}data: {"path":"/","data":{{Data}} }{{"\n\n"}}""");
                break;
            case var _ when path.EndsWith("/sdk/stream", StringComparison.Ordinal):
                await StreamAsync(http, Streamed(Data));
                break;
            case var _ when path.EndsWith("/getMetadata", StringComparison.Ordinal):
                await http.Response.WriteAsync($$"""{"lastUpToDate":{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}}""", http.RequestAborted);
                break;
            case var _ when path.EndsWith("/getMembership", StringComparison.Ordinal):
                await http.Response.WriteAsync("""{"values":{"big.g2":true}}""", http.RequestAborted);
                break;
            case var _ when path.StartsWith("/origin/", StringComparison.Ordinal):
                await http.Response.WriteAsync(path[8..], http.RequestAborted);
                break;
            default:
                http.Response.StatusCode = StatusCodes.Status202Accepted;
                break;
        }
    }

    private async Task StreamAsync(HttpContext http, string first)
    {
        http.Response.ContentType = "text/event-stream";
        var channel = Channel.CreateUnbounded<string>();
        _streams[channel] = true;
        channel.Writer.TryWrite(first);
        try
        {
            await foreach (var text in channel.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(text, http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            _streams.TryRemove(channel, out _);
        }
    }
}
