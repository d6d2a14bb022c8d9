using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Listens to the servers that own the store's keys: to one as a rule, to several where a cluster spreads the keys.</summary>
internal sealed partial class RedisChangeListener(RedisConnection connection)
{
    // How much was heard and not yet taken; what is beyond is let go, and everything counts as changed.
    private const int MostWaiting = 10_000;

    // What was logged last of what is heard; read and written by one enumeration at a time.
    private string? _logged;

    public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (settings, endPoints) = await connection.ListenToAsync(cancellationToken).ConfigureAwait(false);
        var isFull = false;
        var heard = Channel.CreateBounded<StoreChange>(
            new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite }, _ => Volatile.Write(ref isFull, true));
        var lines = new List<RedisListenLine>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task>();
        try
        {
            foreach (var endPoint in endPoints)
            {
                lines.Add(await RedisListenLine.OpenAsync(connection, settings, endPoint, heard.Writer, cancellationToken).ConfigureAwait(false));
            }

            Tell(lines[0].WhyNotTracking);
            foreach (var line in lines)
            {
                running.Add(RunAsync(line, heard.Writer, ended.Token));
            }

            yield return StoreChange.Everything;
            await foreach (var change in heard.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (Volatile.Read(ref isFull))
                {
                    Volatile.Write(ref isFull, false);
                    yield return StoreChange.Everything;
                }

                yield return change;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            foreach (var line in lines)
            {
                await line.DisposeAsync().ConfigureAwait(false);
            }

            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    // The end of one line is the end of all: what it would have heard is missed from here on.
    private static async Task RunAsync(RedisListenLine line, ChannelWriter<StoreChange> heard, CancellationToken cancellationToken)
    {
        try
        {
            await line.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            heard.TryComplete(e is ObjectDisposedException or System.Net.Sockets.SocketException ? new IOException("Redis did not answer a listener any more.", e) : e);
        }
    }

    private void Tell(string? whyNotTracking)
    {
        var text = whyNotTracking ?? "";
        if (text == _logged)
        {
            return;
        }

        _logged = text;
        if (whyNotTracking is null)
        {
            LogAll(connection.Logger, connection.Prefix);
        }
        else
        {
            LogOwn(connection.Logger, connection.Prefix, whyNotTracking);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis, prefix \"{Prefix}\": the writes of any program are heard of")]
    private static partial void LogAll(ILogger logger, string prefix);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis, prefix \"{Prefix}\": only the writes of Halyard's writers are heard of, since there is no client tracking ({Reason})")]
    private static partial void LogOwn(ILogger logger, string prefix, string reason);
}
