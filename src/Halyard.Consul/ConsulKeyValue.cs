using System.Globalization;
using System.Net;
using System.Text.Json;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// One reader's or writer's way to the agent: names, requests that are bounded in time, and errors that a user can do
/// something about. Thread-safe.
/// </summary>
internal sealed class ConsulKeyValue : IAsyncDisposable
{
    // An address whose dots are the key's own must reach the server as it is.
    private static readonly UriCreationOptions AsGiven = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly ConsulStoreOptions _options;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly string _root;
    private readonly string _datacenter;
    private int _disposed;

    public ConsulKeyValue(ConsulStoreOptions options, PersistentStoreContext context)
    {
        _options = options;
        _time = context.TimeProvider;
        Logger = context.LoggerFactory.CreateLogger("Halyard.Consul");
        Prefix = string.IsNullOrEmpty(options.Prefix) ? ConsulStoreOptions.DefaultPrefix : options.Prefix;
        Marker = Prefix + "/$inited";
        _root = options.Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        _datacenter = string.IsNullOrEmpty(options.Datacenter) ? "" : "dc=" + Uri.EscapeDataString(options.Datacenter);

        // No redirects: they would carry the token elsewhere. Connections are renewed so that a moved name is found.
        _http = options.Handler is { } shared
            ? new(shared, disposeHandler: false)
            : new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false });
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    public string Prefix { get; }

    public string Marker { get; }

    public ILogger Logger { get; }

    public TimeProvider Time => _time;

    public TimeSpan OperationTimeout => _options.OperationTimeout;

    public TimeSpan BulkTimeout => _options.BulkTimeout;

    /// <summary>What the keys of a kind begin with. It ends with a slash, or keys of another prefix could begin with it.</summary>
    public string Folder(DataKind kind) => Prefix + "/" + StoredItem.Namespace(kind) + "/";

    /// <summary>Begins an operation of at most the given time.</summary>
    /// <returns>A source of the token that ends it; to be disposed.</returns>
    public CancellationTokenSource Within(TimeSpan timeout) => new(timeout, _time);

    /// <summary>Reads one key; null when there is none.</summary>
    public async Task<ConsulEntry?> FindAsync(string key, CancellationToken cancellationToken)
    {
        List<ConsulEntry> entries;
        if (FitsAPath(key))
        {
            var answer = await GetAsync(key, "", OperationTimeout, cancellationToken).ConfigureAwait(false);
            entries = answer.IsFound ? Read(answer, static body => ConsulJson.Entries(body)) : [];
        }
        else
        {
            var answer = await TransactAsync(
                One(ConsulJson.Operation("get"u8, key)), OperationTimeout, cancellationToken, HttpStatusCode.Conflict).ConfigureAwait(false);
            if (!answer.IsFound && !ConsulJson.Refusal(answer.Body).Contains("doesn't exist", StringComparison.Ordinal))
            {
                throw Refused(answer);
            }

            entries = answer.IsFound ? Read(answer, static body => ConsulJson.Results(body)) : [];
        }

        return entries is [var entry, ..] ? entry : null;
    }

    /// <summary>Reads a key, or the names or entries below one; not found is an answer too.</summary>
    public Task<ConsulAnswer> GetAsync(string key, string how, TimeSpan timeout, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, "/v1/kv/" + Escape(key), how, null, timeout, cancellationToken, HttpStatusCode.NotFound);

    /// <summary>
    /// Waits until anything below the prefix has another index than the given one, or for about as long as Consul is asked to
    /// wait. The answer names the folders there alone, so it is small.
    /// </summary>
    public Task<ConsulAnswer> WatchAsync(ulong index, TimeSpan wait, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get,
        "/v1/kv/" + Escape(Prefix) + "/",
        string.Create(CultureInfo.InvariantCulture, $"keys&separator=/&index={index}&wait={(long)wait.TotalSeconds}s"),
        null,
        wait + (wait / 16) + OperationTimeout,
        cancellationToken,
        HttpStatusCode.NotFound);

    /// <summary>Writes a key if it has not changed since the given index; 0 means that it must not exist, null that it does not matter.</summary>
    /// <returns>Whether it was written; null when the value is larger than Consul takes.</returns>
    public async Task<bool?> PutAsync(string key, ReadOnlyMemory<byte> value, ulong? index, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!FitsAPath(key))
        {
            var done = await TransactAsync(
                One(ConsulJson.Operation(index is null ? "set"u8 : "cas"u8, key, value, index)), timeout, cancellationToken, HttpStatusCode.Conflict).ConfigureAwait(false);
            return done.IsFound;
        }

        var how = index is null ? "" : string.Create(CultureInfo.InvariantCulture, $"cas={index}");
        var answer = await SendAsync(
            HttpMethod.Put, "/v1/kv/" + Escape(key), how, value, timeout, cancellationToken, HttpStatusCode.RequestEntityTooLarge).ConfigureAwait(false);
        return answer.IsFound ? answer.Body.AsSpan().StartsWith("true"u8) : null;
    }

    /// <summary>Runs a transaction whole.</summary>
    public Task<ConsulAnswer> TransactAsync(
        ReadOnlyMemory<byte> operations, TimeSpan timeout, CancellationToken cancellationToken, HttpStatusCode? expected = null) =>
        SendAsync(HttpMethod.Put, "/v1/txn", "", operations, timeout, cancellationToken, expected);

    /// <summary>Whether the marker exists.</summary>
    /// <param name="how">How Consul is to look.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async ValueTask<bool> HasMarkerAsync(string how, CancellationToken cancellationToken) =>
        (await GetAsync(Marker, how, OperationTimeout, cancellationToken).ConfigureAwait(false)).IsFound;

    /// <summary>Reads an answer's JSON.</summary>
    public T Read<T>(ConsulAnswer answer, Func<byte[], T> read)
    {
        try
        {
            return read(answer.Body);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"What answers at {_root} is not Consul's key/value store: {ConsulJson.Excerpt(answer.Body)}", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _http.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Whether a key can stand in an address as Consul takes it: it refuses control characters there, and tidies dots and
    /// empty segments away. Such keys go in the body of a transaction.
    /// </summary>
    public static bool FitsAPath(string key) =>
        !key.Any(char.IsControl) && key.Split('/').All(static segment => segment is not ("" or "." or ".."));

    private static byte[] One(byte[] operation) => [(byte)'[', .. operation, (byte)']'];

    // Slashes part the segments of a path and stay.
    private static string Escape(string key) => string.Join('/', key.Split('/').Select(Uri.EscapeDataString));

    private async Task<ConsulAnswer> SendAsync(
        HttpMethod method, string path, string how, ReadOnlyMemory<byte>? body, TimeSpan timeout, CancellationToken cancellationToken, HttpStatusCode? expected = null)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(ConsulStore));
        var query = (how.Length, _datacenter.Length) switch
        {
            (0, 0) => "",
            (0, _) => "?" + _datacenter,
            (_, 0) => "?" + how,
            _ => "?" + how + "&" + _datacenter,
        };
        using var request = new HttpRequestMessage(method, new Uri(_root + path + query, AsGiven));
        if (!string.IsNullOrEmpty(_options.Token))
        {
            request.Headers.Add("X-Consul-Token", _options.Token);
        }

        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
        }

        using var timer = Within(timeout);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            using var response = await _http.SendAsync(request, linked.Token).ConfigureAwait(false);
            _ = ulong.TryParse(
                response.Headers.TryGetValues("X-Consul-Index", out var index) ? index.FirstOrDefault() : null, NumberStyles.None, CultureInfo.InvariantCulture, out var changed);
            var answer = new ConsulAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(linked.Token).ConfigureAwait(false), changed);
            if (response.Headers.TryGetValues("X-Consul-Results-Filtered-By-ACLs", out var filtered) && filtered.Contains("true"))
            {
                // What the token may not see looks like nothing at all; a store must not seem empty for that.
                throw NotAllowed("the answer leaves out what it may not read");
            }

            return answer.IsFound || answer.Status == expected ? answer : throw Refused(answer);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && timer.IsCancellationRequested)
        {
            throw new TimeoutException($"Consul at {_root} did not answer within {timeout.TotalSeconds:0.###} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"Consul at {_root} cannot be reached: {e.Message}", e);
        }
    }

    private InvalidOperationException NotAllowed(string reason) =>
        new($"Consul at {_root} does not let this token work on the keys \"{Prefix}/\": {reason}");

    private Exception Refused(ConsulAnswer answer) => answer.Status switch
    {
        HttpStatusCode.Conflict => new IOException($"Consul at {_root} refused the transaction: {ConsulJson.Refusal(answer.Body)}"),
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => NotAllowed(ConsulJson.Excerpt(answer.Body)),
        HttpStatusCode.RequestEntityTooLarge => new InvalidOperationException($"Consul at {_root} does not take so large a request: {ConsulJson.Excerpt(answer.Body)}"),
        _ => new IOException($"Consul at {_root} answered with the status {(int)answer.Status}: {ConsulJson.Excerpt(answer.Body)}"),
    };
}
