using System.Net;
using Halyard.Concurrency;
using Microsoft.Extensions.Logging;

namespace Halyard.Http;

/// <summary>
/// Sends the requests of one client: its headers, its trust, its time limits, and redirects that never carry the SDK
/// key to another origin. Thread-safe.
/// </summary>
internal sealed class ServiceHttpClient : IDisposable
{
    private const int MostRedirects = 10;

    /// <summary>How long a connection is used at most: a poller's would otherwise stay open, and never notice a changed DNS entry.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker _invoker;
    private readonly RequestHeaders _headers;
    private readonly TimeProvider _time;
    private readonly TimeSpan _answerLimit;
    private readonly ILogger _logger;
    private readonly ServiceEnvironment? _environment;
    private readonly bool _owns = true;

    private ServiceHttpClient(HttpMessageHandler handler, ClientOptions options, string instanceId, ILogger logger, ServiceEnvironment? environment)
    {
        _invoker = new HttpMessageInvoker(handler, disposeHandler: true);
        _headers = new RequestHeaders(options, instanceId, logger);
        _time = options.TimeProvider;
        _logger = logger;
        _environment = environment;
        ResponseTimeout = options.Http.ResponseTimeout;
        MinimumRate = MinimumRate.Of(options.Http);
        // The handler's own limit on connecting runs first; this one covers both phases, on the client's clock.
        _answerLimit = ResponseTimeout == Timeout.InfiniteTimeSpan || options.Http.ConnectTimeout == Timeout.InfiniteTimeSpan
            ? Timeout.InfiniteTimeSpan
            : options.Http.ConnectTimeout + ResponseTimeout;
    }

    private ServiceHttpClient(ServiceHttpClient lender)
    {
        (_invoker, _headers, _time, _answerLimit, _logger, _environment, ResponseTimeout, MinimumRate) =
            (lender._invoker, lender._headers, lender._time, lender._answerLimit, lender._logger, lender._environment, lender.ResponseTimeout, lender.MinimumRate);
        Received = lender.Received;
        BodiesWaitForNothing = lender.BodiesWaitForNothing;
        _owns = false;
    }

    /// <summary>How long each pause in a body may last.</summary>
    public TimeSpan ResponseTimeout { get; }

    /// <summary>What must arrive of a body, or of a stream's event, while it is under way.</summary>
    public MinimumRate MinimumRate { get; }

    /// <summary>What counts the bytes of bodies that are read; null for nobody.</summary>
    public ByteCount? Received { get; private init; }

    /// <summary>
    /// Whether a read of no bytes waits until there are some, as of the platform's own bodies. One of an application's handler may wait though it
    /// holds bytes already. To be set before the first request.
    /// </summary>
    public bool BodiesWaitForNothing { get; set; }

    public static ServiceHttpClient Create(
        ClientOptions options, string instanceId, ILogger logger, ServiceEnvironment? environment = null, ByteCount? received = null)
    {
        var foreign = options.Http.HandlerFactory?.Invoke();
        return new(foreign ?? CreateHandler(options.Http, logger), options, instanceId, logger, environment)
        {
            Received = received,
            BodiesWaitForNothing = foreign is null,
        };
    }

    /// <summary>
    /// Asks for an address and follows redirects. The response is complete up to its body, which is the caller's to
    /// read; its request's address is the one that answered.
    /// </summary>
    /// <exception cref="HttpRequestException">No connection, or redirects that cannot be followed (with the status).</exception>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, ServiceRequest what, CancellationToken cancellationToken)
    {
        var trusted = true;
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendAsync(address, what, trusted, cancellationToken).ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
            {
                return response;
            }

            var status = response.StatusCode;
            response.Dispose();
            var target = Target(address, location, status);
            if (redirects == MostRedirects)
            {
                throw new HttpRequestException($"{ServiceUri.Origin(address)} redirected more than {MostRedirects} times", null, status);
            }

            if (trusted && !MayKeepKey(address, target))
            {
                if (what.Body is not null)
                {
                    throw new HttpRequestException(
                        $"{ServiceUri.Origin(address)} redirected to another origin, {ServiceUri.Origin(target)}, which gets no events", null, status);
                }

                trusted = false;
                HttpLog.FollowingWithoutKey(_logger, ServiceUri.Origin(address), ServiceUri.Origin(target));
            }

            address = target;
        }
    }

    /// <summary>Posts a text; otherwise as <see cref="GetAsync"/>, and a redirect within the origin is followed with the same text; one to another origin fails.</summary>
    public Task<HttpResponseMessage> PostAsync(Uri address, RequestBody body, CancellationToken cancellationToken) =>
        GetAsync(address, new(Body: body), cancellationToken);

    /// <summary>The same connections under a handle whose disposal leaves them open.</summary>
    public ServiceHttpClient Lend() => new(this);

    public void Dispose()
    {
        if (_owns)
        {
            _invoker.Dispose();
        }
    }

    private static SocketsHttpHandler CreateHandler(HttpOptions http, ILogger logger)
    {
        var handler = new SocketsHttpHandler
        {
            // Redirects are followed in this class, because the handler would drop the key even within one origin.
            AllowAutoRedirect = false,
            // Compression is undone in ResponseBody, so that streams do not ask for it and the limit on a body's size is one on its content.
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = http.ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
        };
        if (http.Proxy is not null)
        {
            handler.Proxy = new ProxyWithoutUser(http.Proxy);
        }

        if (http.SkipCertificateValidation)
        {
            HttpLog.CertificatesNotValidated(logger);
#pragma warning disable CA5359 // Asked for by an option that says what it costs.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (http.CustomAuthorities is { Count: > 0 } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = new ServerTrust(new(authorities)).Validate;
        }

        return handler;
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static Uri Target(Uri from, Uri location, HttpStatusCode status)
    {
        if (!Uri.TryCreate(from, location, out var target) || (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps))
        {
            throw new HttpRequestException($"{ServiceUri.Origin(from)} redirected to an address that is not http or https", null, status);
        }

        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp)
        {
            throw new HttpRequestException($"{ServiceUri.Origin(from)} redirected from https to http, which is not followed", null, status);
        }

        return target;
    }

    private static bool MayKeepKey(Uri from, Uri to)
    {
        if (!string.Equals(from.IdnHost, to.IdnHost, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return (from.Scheme == to.Scheme && from.Port == to.Port)
            || (from.Scheme == Uri.UriSchemeHttp && to.Scheme == Uri.UriSchemeHttps && from.IsDefaultPort && to.IsDefaultPort);
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, ServiceRequest what, bool trusted, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_answerLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var request = CreateRequest(address, what, trusted);
        try
        {
            var response = await SendAsync(request, either.Token).ConfigureAwait(false);
            response.RequestMessage ??= request;
            if (trusted)
            {
                _environment?.Note(response);
            }

            return response;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{ServiceUri.Origin(address)} did not answer in time", e);
        }
    }

    // An application's handler may not heed the token: nothing is to wait for it for ever.
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken limit)
    {
        var sending = _invoker.SendAsync(request, limit);
        try
        {
            return await sending.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Unwaited.Dispose(sending);
            throw;
        }
    }

    private HttpRequestMessage CreateRequest(Uri address, ServiceRequest what, bool trusted)
    {
        var request = new HttpRequestMessage(what.Body is null ? HttpMethod.Get : HttpMethod.Post, address);
        _headers.AddTo(request, trusted);
        if (what.Body is { } body)
        {
            AddBody(request, body);
        }

        if (what.Accept is not null)
        {
            _headers.AddTo(request, "Accept", what.Accept);
        }

        if (what.AcceptCompressed)
        {
            _headers.AddTo(request, "Accept-Encoding", "gzip, deflate, br");
        }

        if (what.NoCache)
        {
            _headers.AddTo(request, "Cache-Control", "no-cache");
        }

        // A tag belongs to one address, and after a redirect the address may be another one.
        if (what.Tag is { } tag && tag.Address == address)
        {
            _headers.AddTo(request, "If-None-Match", tag.Value);
        }

        return request;
    }

    private void AddBody(HttpRequestMessage request, RequestBody body)
    {
        var content = new ReadOnlyMemoryContent(body.Content);
        content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        if (body.IsGzip)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        request.Content = content;
        foreach (var (name, value) in body.Headers)
        {
            _headers.AddTo(request, name, value);
        }
    }
}
