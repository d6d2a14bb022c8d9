using System.IO.Compression;
using System.Net;
using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>Delivers payloads: one attempt, and after a passing fault one more (event schema 4). Thread-safe.</summary>
internal sealed class EventSender : IDisposable
{
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private static readonly KeyValuePair<string, string> Schema = new("X-LaunchDarkly-Event-Schema", "4");

    private readonly ServiceHttpClient _http;
    private readonly Uri _events;
    private readonly Uri _diagnostics;
    private readonly bool _gzip;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RefusalPause _pause;
    private long _serverTime;

    public EventSender(ClientOptions options, string instanceId, ILogger logger)
    {
        _http = ServiceHttpClient.Create(options, instanceId, logger);
        _events = ServiceUri.Append(options.Endpoints.Events, "/bulk");
        _diagnostics = ServiceUri.Append(options.Endpoints.Events, "/diagnostic");
        _gzip = options.Events!.Gzip;
        _time = options.TimeProvider;
        _logger = logger;
        _pause = new(_time, logger);
    }

    /// <summary>The service's own time in its last answer, in Unix milliseconds; 0 before one.</summary>
    public long ServerTime => Volatile.Read(ref _serverTime);

    /// <summary>Whether the service has refused events, and it is too early to try again. For who sends events, between two deliveries.</summary>
    public bool IsPaused => _pause.IsOn;

    /// <summary>Delivers a JSON array of events.</summary>
    public async Task<Delivery> SendEventsAsync(ReadOnlyMemory<byte> json, int count, CancellationToken cancellationToken)
    {
        // The same identifier both times: the service counts a payload once even if the first answer was lost.
        var headers = new[] { Schema, new KeyValuePair<string, string>("X-LaunchDarkly-Payload-ID", Guid.NewGuid().ToString()) };
        var body = _gzip ? new RequestBody(Compress(json), true, headers) : new RequestBody(Copied(json), false, headers);
        var (outcome, problem) = await SendAsync(_events, body, cancellationToken).ConfigureAwait(false);
        switch (outcome)
        {
            case Delivery.Done:
                _pause.Accepted();
                EventLog.Delivered(_logger, count, body.Content.Length);
                break;
            case Delivery.Failed:
                EventLog.DeliveryFailed(_logger, count, problem!);
                break;
            default:
                _pause.Refused(problem!);
                break;
        }

        return outcome;
    }

    /// <summary>Delivers one diagnostic event.</summary>
    public async Task<Delivery> SendDiagnosticAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var (outcome, problem) = await SendAsync(_diagnostics, new(Copied(json), false), cancellationToken).ConfigureAwait(false);
        if (outcome != Delivery.Done)
        {
            EventLog.DiagnosticsFailed(_logger, problem!);
        }

        return outcome;
    }

    public void Dispose() => _http.Dispose();

    // An application's handler may still read from a request that was given up, when the caller's buffer is somebody else's.
    private static byte[] Copied(ReadOnlyMemory<byte> json) => json.ToArray();

    private static byte[] Compress(ReadOnlyMemory<byte> json)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(json.Span);
        }

        return compressed.ToArray();
    }

    private async Task<(Delivery Outcome, string? Problem)> SendAsync(Uri address, RequestBody body, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var failure = await TryAsync(address, body, cancellationToken).ConfigureAwait(false);
            if (failure is null)
            {
                return (Delivery.Done, null);
            }

            // This payload was too large; the next may be accepted.
            if (failure.StatusCode == (int)HttpStatusCode.RequestEntityTooLarge)
            {
                return (Delivery.Failed, failure.Message);
            }

            if (failure.IsUnexpectedStatus)
            {
                return (Delivery.Refused, failure.Message);
            }

            if (!isFirst)
            {
                return (Delivery.Failed, failure.Message);
            }

            EventLog.TryingAgain(_logger, RetryDelay, failure.Message);
            await Task.Delay(RetryDelay, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SourceFailure?> TryAsync(Uri address, RequestBody body, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.PostAsync(address, body, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return SourceFailure.OfResponse(response, _time);
            }

            if (response.Headers.Date is { } date)
            {
                Volatile.Write(ref _serverTime, date.ToUnixTimeMilliseconds());
            }

            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, retryTlsFailuresSlowly: false);
        }
    }
}
