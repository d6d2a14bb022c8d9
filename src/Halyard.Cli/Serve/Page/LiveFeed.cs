using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// Tells a page what happens: <c>start</c> with the run and the revision, <c>change</c> with what changed, <c>overrides</c> when they are
/// others, <c>activity</c> when somebody came or went,
/// or events arrived. A page that reads too slowly is cut, and reads everything again when it comes back.
/// </summary>
internal sealed class LiveFeed(ServedEnvironment environment, TimeProvider time, ILogger logger)
{
    private const int MostWaiting = 256;
    private const int MostItems = 100;

    // Thousands of clients may come at once: a page is told so twice a second at most.
    private static readonly TimeSpan ActivityPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
    private static readonly byte[] Activity = "event: activity\ndata: {}\n\n"u8.ToArray();
    private static readonly byte[] Overrides = "event: overrides\ndata: {}\n\n"u8.ToArray();
    private static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    private readonly ILogger _logger = logger;
    private int _hasActivity;

    /// <summary>Serves one page until it leaves, lags, takes nothing, or is cut.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        using var stream = new OpenStream($"a page from port {http.Connection.RemotePort}", MostWaiting, time, http.RequestAborted);
        using var closing = environment.Closing.UnsafeRegister(static stream => ((OpenStream)stream!).Cut(), stream);
        var onChange = new Action<RepositoryChange>(change => Send(stream, Encode("change", change.Revision, change.Items)));
        var onOverrides = new Action(() => Send(stream, Overrides));
        environment.Repository.Changed += onChange;
        environment.Repository.OverridesChanged += onOverrides;
        environment.ActivityChanged += OnActivity;
        environment.PageCame();
        var heartbeats = time.CreateTimer(_ => Send(stream, Heartbeat), null, HeartbeatInterval, HeartbeatInterval);
        var looks = time.CreateTimer(_ => Look(stream), null, ActivityPause, ActivityPause);
        try
        {
            var output = new WatchedWriter(http.Response.BodyWriter, stream);
            await output.WriteAsync(Encode("start", environment.Repository.Current.Revision, [], environment.History.PayloadId), stream.Ended);
            await foreach (var frame in stream.Queue.Reader.ReadAllAsync(stream.Ended))
            {
                await output.WriteAsync(frame.Bytes, stream.Ended);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            http.Abort();
        }
        finally
        {
            environment.Repository.Changed -= onChange;
            environment.Repository.OverridesChanged -= onOverrides;
            environment.ActivityChanged -= OnActivity;
            await heartbeats.DisposeAsync();
            await looks.DisposeAsync();
            environment.PageWent();
        }
    }

    private void OnActivity() => Volatile.Write(ref _hasActivity, 1);

    private void Look(OpenStream stream)
    {
        if (Interlocked.Exchange(ref _hasActivity, 0) == 1)
        {
            Send(stream, Activity);
        }

        if (stream.WritesSince is { } since && time.GetElapsedTime(since) > EventStreamHub.StallLimit && stream.Cut())
        {
            ServeLog.StreamStalled(_logger, stream.Client, (int)EventStreamHub.StallLimit.TotalSeconds);
        }
    }

    private void Send(OpenStream stream, byte[] words)
    {
        if (!stream.Queue.Writer.TryWrite(new(0, words)) && stream.Cut())
        {
            ServeLog.StreamLagging(_logger, stream.Client, MostWaiting);
        }
    }

    private static byte[] Encode(string name, long revision, IReadOnlyList<RepositoryItem> items, string? run = null)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write("event: "u8);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes(name));
        buffer.Write("\ndata: "u8);
        using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain))
        {
            writer.WriteStartObject();
            writer.WriteNumber("revision"u8, revision);
            if (run is not null)
            {
                // A revision says nothing of what another run of the server held at the same one.
                writer.WriteString("run"u8, run);
            }

            writer.WriteNumber("count"u8, items.Count);
            writer.WriteStartArray("items"u8);
            foreach (var item in items.Take(MostItems))
            {
                writer.WriteStartObject();
                writer.WriteString("kind"u8, item.Kind.Noun());
                writer.WriteString("key"u8, item.Key);
                writer.WriteNumber("version"u8, item.Version);
                writer.WriteBoolean("deleted"u8, item.IsTombstone);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
