using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Halyard;

/// <summary>
/// Tells the page what changes: <c>start</c>, and <c>change</c> with the flags that may evaluate differently. A page that reads nothing is cut by
/// the server's own rule for slow readers; what waits for it meanwhile is merged. Thread-safe.
/// </summary>
internal sealed class ApplicationPageFeed
{
    private const int MostItems = 100;

    // Room for the changes of one connection: no other begins at a number that this one has come to, so that a page that comes back reads all.
    private const long Room = 1_000_000_000;

    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
    private static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    private readonly string _run = Guid.NewGuid().ToString("N");
    private long _connections;

    /// <summary>Serves one page until it leaves or the application ends.</summary>
    public async Task ServeAsync(HttpContext http, IHalyardClient client)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        var revision = Interlocked.Increment(ref _connections) * Room;
        var stopping = http.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var time = http.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;
        var changes = client.FlagChanges.GetAsyncEnumerator(ended.Token);
        var next = changes.MoveNextAsync().AsTask();
        try
        {
            await http.Response.BodyWriter.WriteAsync(Encode("start", revision, []), ended.Token).ConfigureAwait(false);
            var beat = Task.Delay(HeartbeatInterval, time, ended.Token);
            while (true)
            {
                if (await Task.WhenAny(next, beat).ConfigureAwait(false) == beat)
                {
                    await beat.ConfigureAwait(false);
                    beat = Task.Delay(HeartbeatInterval, time, ended.Token);
                    await http.Response.BodyWriter.WriteAsync(Heartbeat, ended.Token).ConfigureAwait(false);
                }
                else if (await next.ConfigureAwait(false))
                {
                    await http.Response.BodyWriter.WriteAsync(Encode("change", ++revision, changes.Current.Keys), ended.Token).ConfigureAwait(false);
                    next = changes.MoveNextAsync().AsTask();
                }
                else
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The page left, or the application ends.
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await changes.DisposeAsync().ConfigureAwait(false);
        }
    }

    private byte[] Encode(string name, long revision, IReadOnlyCollection<string> keys)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write("event: "u8);
        buffer.Write(Encoding.ASCII.GetBytes(name));
        buffer.Write("\ndata: "u8);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("run"u8, _run);
            writer.WriteNumber("revision"u8, revision);
            writer.WriteNumber("count"u8, keys.Count);
            writer.WriteStartArray("items"u8);
            foreach (var key in keys.Take(MostItems))
            {
                writer.WriteStartObject();
                writer.WriteString("kind"u8, "flag"u8);
                writer.WriteString("key"u8, key);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
