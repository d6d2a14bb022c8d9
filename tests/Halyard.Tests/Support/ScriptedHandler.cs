using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Halyard.Tests.Support;

/// <summary>Answers requests in memory, from a script; when the script has ended, requests wait until they are cancelled.</summary>
internal sealed class ScriptedHandler : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<HttpResponseMessage>> _answers = new();

    public Journal<HttpRequestMessage> Requests { get; } = new();

    public bool Disposed { get; private set; }

    public ScriptedHandler Then(Func<HttpResponseMessage> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public ScriptedHandler Then(HttpStatusCode status, Action<HttpResponseMessage>? more = null) => Then(() =>
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };
        more?.Invoke(response);
        return response;
    });

    public ScriptedHandler ThenJson(string body, string? etag = null) => Then(() =>
    {
        var response = new HttpResponseMessage { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (etag is not null)
        {
            response.Headers.TryAddWithoutValidation("ETag", etag);
        }

        return response;
    });

    public ScriptedHandler ThenFail(Exception exception) => Then(() => throw exception);

    /// <summary>Answers with a stream that stays open until the writer completes.</summary>
    public ScriptedHandler ThenStream(out PipeWriter writer)
    {
        var pipe = new Pipe();
        writer = pipe.Writer;
        return Then(() =>
        {
            var content = new StreamContent(pipe.Reader.AsStream());
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return new HttpResponseMessage { Content = content };
        });
    }

    /// <summary>Answers with a stream that ends after the text.</summary>
    public ScriptedHandler ThenStreamOf(string text) =>
        Then(() => new HttpResponseMessage { Content = new StringContent(text, Encoding.UTF8, "text/event-stream") });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        if (_answers.TryDequeue(out var answer))
        {
            return answer();
        }

        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException();
    }

    protected override void Dispose(bool disposing)
    {
        Disposed = true;
        base.Dispose(disposing);
    }
}
