using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Halyard.Tests.Support;

namespace Halyard.Tests.AnalyticsEvents;

/// <summary>A request to the event service, with its body as text.</summary>
internal sealed record Posted(string Method, Uri Address, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonArray Events => JsonNode.Parse(Body)!.AsArray();

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>Takes events in memory. Answers from a script, and when that has ended, that all is well.</summary>
internal sealed class EventService : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<HttpResponseMessage>> _answers = new();

    public static AsyncLocal<string?> Ambient { get; } = new();

    public Journal<Posted> Posts { get; } = new();

    public bool Disposed { get; private set; }

    /// <summary>From now on no request is answered.</summary>
    public bool Silent { get; set; }

    public EventService Then(HttpStatusCode status, DateTimeOffset? date = null)
    {
        _answers.Enqueue(() =>
        {
            var response = new HttpResponseMessage(status);
            response.Headers.Date = date;
            return response;
        });
        return this;
    }

    public EventService ThenRedirect(HttpStatusCode status, string to)
    {
        _answers.Enqueue(() =>
        {
            var response = new HttpResponseMessage(status);
            response.Headers.Location = new Uri(to, UriKind.RelativeOrAbsolute);
            return response;
        });
        return this;
    }

    public EventService ThenFail(Exception exception)
    {
        _answers.Enqueue(() => throw exception);
        return this;
    }

    /// <summary>Holds up the very thread that sends, until it is set.</summary>
    public ManualResetEventSlim? Obstacle { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Obstacle?.Wait(TimeSpan.FromSeconds(30), cancellationToken);
        Assert.Null(Ambient.Value);

        // Read at once: the memory is the sender's.
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        if (request.Content.Headers.ContentEncoding.Contains("gzip"))
        {
            using var unpacked = new MemoryStream();
            await using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            await gzip.CopyToAsync(unpacked, cancellationToken);
            bytes = unpacked.ToArray();
        }

        var headers = request.Headers.Concat(request.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        Posts.Add(new(request.Method.Method, request.RequestUri!, headers, Encoding.UTF8.GetString(bytes)));
        if (Silent)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return _answers.TryDequeue(out var answer) ? answer() : new(HttpStatusCode.Accepted);
    }

    protected override void Dispose(bool disposing)
    {
        Disposed = true;
        base.Dispose(disposing);
    }
}
