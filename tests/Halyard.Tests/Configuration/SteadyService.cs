using System.Net;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.Tests.Configuration;

/// <summary>A service in memory that answers every request of either protocol with one flag; its first stream breaks off.</summary>
internal sealed class SteadyService
{
    private const string Flag = """{"key":"flag","version":1,"on":true,"fallthrough":{"variation":0},"variations":[true,false]}""";
    private const string All = $$"""{ "flags": { "flag": {{Flag}} }, "segments": {} }""";

    private static readonly WireEvent[] Payload =
    [
        WireEvent.Full,
        new("put-object", $$"""{"version":1,"kind":"flag","key":"flag","object": {{Flag}} }"""),
        WireEvent.Transferred("s1"),
    ];

    private int _requests;
    private int _streams;

    /// <summary>How often it was asked.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Has a client's sources reach this service.</summary>
    public ClientOptions Options(DataSystemOptions system)
    {
        var options = new ClientOptions { SdkKey = "sdk-1", DataSystem = system, Endpoints = ServiceEndpoints.At(new("http://flags.test")) };
        options.Http.HandlerFactory = () => new Handler(this);
        return options;
    }

    private HttpContent Answer(string path) => path switch
    {
        "/all" => Stream($"event: put\ndata: {{\"path\":\"/\",\"data\":{All}}}\n\n"),
        "/sdk/stream" => Stream(WireEvent.Stream(Payload)),
        "/sdk/poll" => new StringContent(WireEvent.Body(Payload), Encoding.UTF8, "application/json"),
        _ => new StringContent(All, Encoding.UTF8, "application/json"),
    };

    private HttpContent Stream(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        HttpContent content = Interlocked.Increment(ref _streams) == 1 ? new ByteArrayContent(bytes) : new StreamContent(new EndlessStream(bytes));
        content.Headers.ContentType = new("text/event-stream");
        return content;
    }

    private sealed class Handler(SteadyService service) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref service._requests);
            return Task.FromResult(request.Method == HttpMethod.Post
                ? new HttpResponseMessage(HttpStatusCode.Accepted)
                : new HttpResponseMessage { Content = service.Answer(request.RequestUri!.AbsolutePath) });
        }
    }

    /// <summary>Some bytes, and then silence.</summary>
    private sealed class EndlessStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            if (count == 0 && buffer.Length > 0)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return count;
        }
    }
}
