using System.Net;
using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Keeps a destination in step with a stream of server-sent events. One loop owns the one connection: it is closed
/// before the next is opened, so that reconnects cannot multiply. The synchronizer of each protocol reads the events.
/// </summary>
internal abstract class EventStreamSource : HttpSource
{
    private const string EventStream = "text/event-stream";
    private const int ChunkSize = 32 * 1024;

    private static readonly SourceFailure Closed = new(DataSourceErrorKind.NetworkError, null, "the service closed the stream");

    private readonly StreamingSettings _settings;
    private readonly ReconnectSchedule _schedule;
    private readonly ResiliencePipeline<SourceFailure> _untilEnded;
    private long? _attemptedAt;
    private long? _firstEventAt;

    /// <param name="identity">The source's name.</param>
    /// <param name="settings">The settings, validated.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    protected EventStreamSource(
        string identity, StreamingSettings settings, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time,
        ILogger logger, Func<double>? random)
        : base(identity, http, new(identity, settings.UnexpectedStatus, status, logger), settings.RetryTlsFailuresSlowly, time, logger)
    {
        _settings = settings;
        _schedule = new ReconnectSchedule(
            new(settings.InitialReconnectDelay, settings.MaxReconnectDelay), ReconnectSchedule.ExtendedCurve, random: random);
        _untilEnded = new ResiliencePipelineBuilder<SourceFailure> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<SourceFailure>
            {
                // A connection always ends in a failure, even one that was good for days.
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { } failure && !Report.Ends(failure)),
                MaxRetryAttempts = int.MaxValue,
                // Polly's curves know neither the kind of failure nor how long the connection was good.
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(DelayAfter(args.Outcome.Result!)),
            })
            .Build();
    }

    /// <summary>Where attempts are noted for diagnostics; null when nobody asks.</summary>
    internal StreamInits? Inits { get; init; }

    /// <summary>Called for every answer, whatever its status, before anything else.</summary>
    /// <returns>How long a pause in the stream may be at most; null for the settings' own limit.</returns>
    protected virtual TimeSpan? OnAnswer(HttpResponseMessage response, TimeSpan responseTimeout) => null;

    /// <summary>What reads large events while they arrive; null when events are collected whole.</summary>
    protected virtual IPartialReader? Parts => null;

    /// <summary>
    /// Acts on an event, straight from its bytes, which are good for the call alone and lack what <see cref="Parts"/> took.
    /// </summary>
    /// <returns>Why the connection is to be given up; null to go on.</returns>
    protected abstract SourceFailure? Accept(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IDataDestination destination);

    protected override async Task RunAsync(IDataDestination destination, CancellationToken stop)
    {
        var last = await _untilEnded.ExecuteAsync(
            static (it, token) => it.Self.ConnectAsync(it.Destination, token), (Self: this, Destination: destination), stop).ConfigureAwait(false);
        Report.Stopped(last);
    }

    private TimeSpan DelayAfter(SourceFailure failure)
    {
        if (_firstEventAt is { } since && Time.GetElapsedTime(since) >= _settings.ReconnectDelayReset)
        {
            _schedule.Reset();
        }

        var delay = _schedule.Next(failure.Regime, failure.RetryAfter);
        Report.Failed(failure, delay);
        return delay;
    }

    /// <summary>Lives through one connection and tells how it ended.</summary>
    private async ValueTask<SourceFailure> ConnectAsync(IDataDestination destination, CancellationToken stop)
    {
        _firstEventAt = null;
        _attemptedAt = Time.GetTimestamp();
        var end = await TryAskAsync(destination, stop).ConfigureAwait(false);
        NoteInit(failed: true);
        return end ?? Closed;
    }

    /// <summary>Notes how the attempt to open the stream went: with its first good event, or its end before one.</summary>
    private void NoteInit(bool failed)
    {
        if (_attemptedAt is { } began)
        {
            Inits?.Add(began, failed);
            _attemptedAt = null;
        }
    }

    protected override async Task<SourceFailure?> AskAsync(Uri address, IDataDestination destination, CancellationToken stop)
    {
        using var response = await Http.GetAsync(address, new(Accept: EventStream, NoCache: true), stop).ConfigureAwait(false);
        var longestPause = OnAnswer(response, Http.ResponseTimeout) ?? _settings.ReadTimeout;
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return SourceFailure.OfResponse(response, Time);
        }

        if (response.Content.Headers.ContentType?.MediaType is var type && !string.Equals(type, EventStream, StringComparison.OrdinalIgnoreCase))
        {
            // A page of a captive portal or of a wrongly addressed server.
            return new(DataSourceErrorKind.InvalidData, null, $"the answer is '{type ?? "of no type"}', not an event stream");
        }

        HttpLog.Connected(Logger, Identity);
        var body = await ResponseBody.OpenAsync(response, longestPause, Time, stop).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            return await ReadEventsAsync(body, destination, stop).ConfigureAwait(false) ?? Closed;
        }
    }

    /// <summary>Reads to the stream's end (null), or to the event that ends it.</summary>
    private async Task<SourceFailure?> ReadEventsAsync(Stream body, IDataDestination destination, CancellationToken stop)
    {
        // Each event becomes a model straight from its bytes, and is written before more are read.
        SourceFailure? end = null;
        using var events = new EventStreamParser((name, data) =>
        {
            _firstEventAt ??= Time.GetTimestamp();
            end ??= Accept(name, data, destination);
            if (end is null && _attemptedAt is not null)
            {
                NoteInit(failed: false);
            }
        }, Parts);
        var chunk = new byte[ChunkSize];
        int read;
        while (end is null && (read = await body.ReadAsync(chunk, stop).ConfigureAwait(false)) > 0)
        {
            events.Push(chunk.AsSpan(0, read));
        }

        return end;
    }
}
