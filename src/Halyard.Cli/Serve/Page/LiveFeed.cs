using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Halyard.Cli;

/// <summary>
/// Tells a page what happens: <c>start</c> with the revision, <c>change</c> with what changed, <c>activity</c> when somebody came or went,
/// or events arrived. A page that reads too slowly is cut, and reads everything again when it comes back.
/// </summary>
internal sealed class LiveFeed(ServedEnvironment environment, TimeProvider time)
{
    private const int MostWaiting = 256;
    private const int MostItems = 100;

    // Thousands of clients may come at once: a page is told so twice a second at most.
    private static readonly TimeSpan ActivityPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
    private static readonly byte[] Activity = "event: activity\ndata: {}\n\n"u8.ToArray();
    private static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private int _hasActivity;

    /// <summary>Serves one page until it leaves.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, environment.Closing);
        await using var heartbeats = time.CreateTimer(_ => Send(Heartbeat), null, HeartbeatInterval, HeartbeatInterval);
        await using var activity = time.CreateTimer(_ => SendActivity(), null, ActivityPause, ActivityPause);
        environment.Repository.Changed += OnChange;
        environment.ActivityChanged += OnActivity;
        try
        {
            await http.Response.BodyWriter.WriteAsync(Encode("start", environment.Repository.Current.Revision, []), ended.Token);
            await foreach (var words in _waiting.Reader.ReadAllAsync(ended.Token))
            {
                await http.Response.BodyWriter.WriteAsync(words, ended.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ChannelClosedException)
        {
            http.Abort();
        }
        finally
        {
            environment.Repository.Changed -= OnChange;
            environment.ActivityChanged -= OnActivity;
        }
    }

    private void OnChange(RepositoryChange change) => Send(Encode("change", change.Revision, change.Items));

    private void OnActivity() => Volatile.Write(ref _hasActivity, 1);

    private void SendActivity()
    {
        if (Interlocked.Exchange(ref _hasActivity, 0) == 1)
        {
            Send(Activity);
        }
    }

    private void Send(byte[] words)
    {
        if (!_waiting.Writer.TryWrite(words))
        {
            _waiting.Writer.TryComplete(new IOException("The page reads too slowly."));
        }
    }

    private static byte[] Encode(string name, long revision, IReadOnlyList<RepositoryItem> items)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write("event: "u8);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes(name));
        buffer.Write("\ndata: "u8);
        using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain))
        {
            writer.WriteStartObject();
            writer.WriteNumber("revision"u8, revision);
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
