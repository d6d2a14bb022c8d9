using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;

namespace Halyard.Tests.Faults;

/// <summary>A service in memory with one flag, <c>a</c>, of a version: streams and polls tell it to anybody who asks.</summary>
internal sealed class LiveService : HttpMessageHandler
{
    private readonly ConcurrentBag<PipeWriter> _streams = [];
    private readonly Lock _gate = new();
    private int _version = 1;

    /// <summary>What the next request fails with, once.</summary>
    public ConcurrentQueue<Func<HttpResponseMessage>> Script { get; } = new();

    public void Put(int version)
    {
        lock (_gate)
        {
            _version = version;
            foreach (var stream in _streams)
            {
                Write(stream, $"event: patch\ndata: {{\"path\":\"/flags/a\",\"data\":{Flag(version)}}}\n\n");
            }
        }
    }

    /// <summary>Closes the streams that are open, as a balancer does.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var stream in _streams)
            {
                stream.Complete();
            }

            _streams.Clear();
        }
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Script.TryDequeue(out var answer))
        {
            return Task.FromResult(answer());
        }

        lock (_gate)
        {
            if (request.RequestUri!.AbsolutePath != "/all")
            {
                return Task.FromResult(new HttpResponseMessage
                {
                    Content = new StringContent($"{{\"flags\":{{\"a\":{Flag(_version)}}},\"segments\":{{}}}}", Encoding.UTF8, "application/json"),
                });
            }

            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
            _streams.Add(pipe.Writer);
            Write(pipe.Writer, $"event: put\ndata: {{\"path\":\"/\",\"data\":{{\"flags\":{{\"a\":{Flag(_version)}}},\"segments\":{{}}}}}}\n\n");
            var content = new StreamContent(pipe.Reader.AsStream());
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return Task.FromResult(new HttpResponseMessage { Content = content });
        }
    }

    private static string Flag(int version) => $"{{\"key\":\"a\",\"version\":{version},\"on\":true,\"variations\":[true],\"fallthrough\":{{\"variation\":0}}}}";

    // Nothing limits what waits in the pipe, so that the write is done when the call returns; nobody may read it any more.
    private static void Write(PipeWriter stream, string text)
    {
        try
        {
            _ = stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();
        }
        catch (InvalidOperationException)
        {
            // It was cut.
        }
    }
}
