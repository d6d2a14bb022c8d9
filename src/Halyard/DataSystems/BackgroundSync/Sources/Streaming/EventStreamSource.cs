using System.Buffers;
using System.Net;
using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

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

    private static readonly SourceFailure CutOff =
        new(DataSourceErrorKind.NetworkError, null, "the service closed the stream in the middle of an event");

    private readonly StreamingSettings _settings;
    private readonly ReconnectSchedule _schedule;
    private long? _attemptedAt;
    private long? _goodSince;
    private bool _sentInvalidData;

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
        // A connection always ends in a failure, even one that was good for days.
        var last = await ConnectAsync(destination, stop).ConfigureAwait(false);
        if (!Report.Ends(last))
        {
            var retry = new StreamRetry(token => ConnectAsync(destination, token), Report.Ends, DelayAfter, Time);
            last = await retry.RunAsync(last, stop).ConfigureAwait(false);
        }

        Pass("stream: stop");
        Report.Stopped(last);
    }

    /// <summary>Data of this connection has been stored, or is confirmed.</summary>
    protected void Delivered()
    {
        _goodSince ??= Time.GetTimestamp();
        Report.Valid();
    }

    private TimeSpan DelayAfter(SourceFailure failure)
    {
        // A service that sends what cannot be read again and again is left alone for longer and longer, however long each
        // transfer takes.
        var repeats = _sentInvalidData && failure.Kind == DataSourceErrorKind.InvalidData;
        _sentInvalidData = failure.Kind == DataSourceErrorKind.InvalidData;
        if (!repeats && _goodSince is { } since && Time.GetElapsedTime(since) >= _settings.ReconnectDelayReset)
        {
            _schedule.Reset();
        }

        // Balancers close streams every now and then. Only a stream that closes again before it was good for long, or one
        // that cannot be opened again, is an outage.
        var isRoutine = ReferenceEquals(failure, Closed) && _goodSince is not null && _schedule.IsFresh;
        var delay = _schedule.Next(failure.Regime, failure.RetryAfter);
        if (isRoutine)
        {
            Report.ClosedByService(delay);
        }
        else
        {
            Report.Failed(failure, delay);
        }

        return delay;
    }

    /// <summary>Lives through one connection and tells how it ended.</summary>
    private async ValueTask<SourceFailure> ConnectAsync(IDataDestination destination, CancellationToken stop)
    {
        Pass("stream: connect");
        _goodSince = null;
        _attemptedAt = Time.GetTimestamp();
        var end = await TryAskAsync(destination, stop).ConfigureAwait(false);
        Pass("stream: ended");
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
        Pass("stream: answered");
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

        // Streams ask for no encoding; one that is applied all the same would hold events back, and could unpack to anything.
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } encoding)
        {
            return new(DataSourceErrorKind.InvalidData, null, $"the answer has the content encoding '{encoding}', which was not asked for");
        }

        HttpLog.Connected(Logger, Identity);
        Report.Connected();
        var raw = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        Pass("stream: open");
        var body = new WatchedStream(raw, longestPause, Http.MinimumRate, countsAll: false, Time, stop, Http.Received);
        await using (body.ConfigureAwait(false))
        {
            return await ReadEventsAsync(body, destination, stop).ConfigureAwait(false) ?? Closed;
        }
    }

    /// <summary>Reads to the stream's end (null), or to the event that ends it.</summary>
    private async Task<SourceFailure?> ReadEventsAsync(WatchedStream body, IDataDestination destination, CancellationToken stop)
    {
        // Each event becomes a model straight from its bytes, and is written before more are read.
        SourceFailure? end = null;
        using var events = new EventStreamParser((name, data) =>
        {
            end ??= Accept(name, data, destination);
            if (end is null && _attemptedAt is not null)
            {
                NoteInit(failed: false);
            }
        }, Parts, _settings.MaxEventBytes);
        while (end is null)
        {
            if (!events.IsUnderWay)
            {
                // Nothing is held between events, which may be hours apart: a read of no bytes waits for the next ones.
                events.Release();
                if (Http.BodiesWaitForNothing)
                {
                    await body.ReadAsync(Memory<byte>.Empty, stop).ConfigureAwait(false);
                }
            }

            // Given back only after a read that has ended well: another may still be writing to it.
            var chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
            var read = await body.ReadAsync(chunk, stop).ConfigureAwait(false);
            if (read > 0)
            {
                Pass("stream: read");
                Parsing?.Begin();
                events.Push(chunk.AsSpan(0, read));
                Parsing?.End();
                body.Note(events.IsUnderWay, events.Ended, events.EventBytes);
            }

            ArrayPool<byte>.Shared.Return(chunk);
            if (read == 0)
            {
                break;
            }
        }

        return end ?? (events.IsUnderWay ? CutOff : null);
    }
}
