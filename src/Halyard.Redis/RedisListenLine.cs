using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Halyard.Model;
using StackExchange.Redis;

namespace Halyard;

/// <summary>
/// One listening connection to one server. It hears two things: the server's own notice of each key that anybody writes
/// (client tracking in broadcast mode), and the messages in which Halyard's writers name the items. Either may be missing.
/// </summary>
/// <remarks>
/// The client library drops pushes that it does not know and has no command for tracking, so this is a connection of its
/// own, with the five commands that it needs.
/// </remarks>
internal sealed class RedisListenLine : IAsyncDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(25);

    private readonly RedisConnection _connection;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly RespReader _reader;
    private readonly ChannelWriter<StoreChange> _heard;

    // By kind, whether a message has named items of which the server's notice is still to come. Used by the reading loop alone.
    private readonly bool[] _isNamed = new bool[2];
    private bool _isMarkerNamed;

    // When something was heard last, in the clock's units.
    private long _heardAt;

    private RedisListenLine(RedisConnection connection, Socket socket, Stream stream, ChannelWriter<StoreChange> heard)
    {
        _connection = connection;
        _socket = socket;
        _stream = stream;
        _heard = heard;
        _reader = new(stream);
        _heardAt = connection.Time.GetTimestamp();
    }

    /// <summary>Why the server does not tell of the writes of any program; null when it does.</summary>
    public string? WhyNotTracking { get; private set; }

    /// <summary>Connects, and begins to listen.</summary>
    /// <exception cref="NotSupportedException">The server, or this user of it, allows neither.</exception>
    public static async Task<RedisListenLine> OpenAsync(
        RedisConnection connection, RedisListenerSettings settings, EndPoint endPoint, ChannelWriter<StoreChange> heard, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.ConnectTimeout, connection.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(endPoint, linked.Token).ConfigureAwait(false);
            stream = new NetworkStream(socket);
            if (settings.Ssl is { } encryption)
            {
                var encrypted = new SslStream(stream);
                stream = encrypted;
                await encrypted.AuthenticateAsClientAsync(encryption(endPoint), linked.Token).ConfigureAwait(false);
            }

            var line = new RedisListenLine(connection, socket, stream, heard);
            await line.BeginAsync(settings, linked.Token).ConfigureAwait(false);
            return line;
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Redis did not answer a listener within {settings.ConnectTimeout.TotalSeconds:0.###} s.", e);
            }

            throw;
        }
    }

    /// <summary>Listens until the connection or the token ends; never returns otherwise.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pinging = PingAsync(ended.Token);
        try
        {
            while (true)
            {
                var value = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _heardAt, _connection.Time.GetTimestamp());
                Hear(value);
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await pinging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
    }

    private async Task BeginAsync(RedisListenerSettings settings, CancellationToken cancellationToken)
    {
        var user = string.IsNullOrEmpty(settings.User) ? "default" : settings.User;
        string[] login = settings.Password is null ? [] : ["AUTH", user, settings.Password];
        var hello = await AskAsync(cancellationToken, ["HELLO", "3", .. login]).ConfigureAwait(false);
        var speaksThree = !hello.IsError;
        if (!speaksThree && settings.Password is { } password)
        {
            string[] oldLogin = string.IsNullOrEmpty(settings.User) ? ["AUTH", password] : ["AUTH", user, password];
            var answer = await AskAsync(cancellationToken, oldLogin).ConfigureAwait(false);
            if (answer.IsError)
            {
                throw new NotSupportedException("Redis refused the listener's login: " + answer.Text);
            }
        }

        var tracking = speaksThree
            ? await AskAsync(cancellationToken, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", _connection.Prefix + ":").ConfigureAwait(false)
            : hello;
        WhyNotTracking = tracking.IsError ? tracking.Text : null;
        var subscription = await AskAsync(cancellationToken, "SUBSCRIBE", _connection.Channel).ConfigureAwait(false);
        if (tracking.IsError && subscription.IsError)
        {
            throw new NotSupportedException($"Redis allows neither client tracking ({tracking.Text}) nor a subscription ({subscription.Text})");
        }
    }

    private async Task<RespValue> AskAsync(CancellationToken cancellationToken, params string[] command)
    {
        await SendAsync(command, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var value = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);

            // The confirmation of a subscription is a push in version 3, and an answer all the same.
            if (!value.IsPush || value.Items is [{ Text: "subscribe" }, ..])
            {
                return value;
            }

            Hear(value);
        }
    }

    private async Task SendAsync(string[] command, CancellationToken cancellationToken)
    {
        var text = new StringBuilder().Append('*').Append(command.Length).Append("\r\n");
        foreach (var word in command)
        {
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        }

        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken).ConfigureAwait(false);
    }

    // A connection whose other end is gone stays silent for ever. So one that is not watched any more, for whatever reason, is
    // closed: the reading ends with it, and somebody listens anew.
    private async Task PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PingUntilSilentAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                _socket.Dispose();
            }
        }
    }

    private async Task PingUntilSilentAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(PingInterval, _connection.Time, cancellationToken).ConfigureAwait(false);
            if (_connection.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) > LongestSilence)
            {
                return;
            }

            await SendAsync(["PING"], cancellationToken).ConfigureAwait(false);
        }
    }

    private void Hear(RespValue value)
    {
        switch (value.Items)
        {
            case [{ Text: "invalidate" }, { Items: null }, ..]:
                // The whole database was emptied.
                Say(StoreChange.Everything);
                break;
            case [{ Text: "invalidate" }, { Items: { } keys }, ..]:
                HearWritten(keys);
                break;
            case [{ Text: "message" }, _, { Text: { } message }, ..]:
                HearNamed(message);
                break;
        }
    }

    // Any program's write to a hash, without saying to which of its items; Halyard's writers have named theirs just before.
    private void HearWritten(RespValue[] keys)
    {
        foreach (var written in keys)
        {
            RedisKey key = written.Text;
            if (key == _connection.Flags)
            {
                HearWritten(DataKind.Flag);
            }
            else if (key == _connection.Segments)
            {
                HearWritten(DataKind.Segment);
            }
            else if (key == _connection.Marker)
            {
                var isNamed = _isMarkerNamed;
                _isMarkerNamed = false;
                if (!isNamed)
                {
                    Say(StoreChange.Everything);
                }
            }
        }
    }

    private void HearWritten(DataKind kind)
    {
        var isNamed = _isNamed[(int)kind];
        _isNamed[(int)kind] = false;
        if (!isNamed)
        {
            Say(StoreChange.Of(kind));
        }
    }

    private void HearNamed(string message)
    {
        if (message == RedisConnection.Probe)
        {
            return;
        }

        var isTracking = WhyNotTracking is null;
        foreach (var kind in (DataKind[])[DataKind.Flag, DataKind.Segment])
        {
            var start = StoredItem.Namespace(kind) + " ";
            if (message.StartsWith(start, StringComparison.Ordinal))
            {
                _isNamed[(int)kind] = isTracking;
                Say(StoreChange.Of(kind, message[start.Length..]));
                return;
            }
        }

        _isNamed[0] = _isNamed[1] = _isMarkerNamed = isTracking;
        Say(StoreChange.Everything);
    }

    private void Say(StoreChange change) => _heard.TryWrite(change);
}
