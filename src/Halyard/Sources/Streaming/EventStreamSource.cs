using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Halyard;

/// <summary>
/// Keeps a destination in step with a stream of server-sent events. One loop owns the one connection: it is closed
/// before the next is opened, so that reconnects cannot multiply. What the events mean is the protocol's part.
/// </summary>
internal abstract class EventStreamSource : IDataSynchronizer
{
    private const string EventStream = "text/event-stream";
    private const int ChunkSize = 32 * 1024;

    private readonly StreamingSettings _settings;
    private readonly ServiceHttpClient _http;
    private readonly TimeProvider _time;
    private readonly ReconnectSchedule _schedule;
    private readonly ResiliencePipeline<SourceFailure> _untilEnded;
    private readonly SourceLoop _loop = new();
    private IDataDestination _destination = null!;
    private long? _firstEventAt;
    private volatile string? _environmentId;

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
    {
        Identity = identity;
        _settings = settings;
        _http = http;
        _time = time;
        Logger = logger;
        Report = new SourceReport(identity, settings.UnexpectedStatus, status, logger);
        _schedule = new ReconnectSchedule(
            new(settings.InitialReconnectDelay, settings.MaxReconnectDelay), ReconnectSchedule.ExtendedCurve, random: random);
        _untilEnded = new ResiliencePipelineBuilder<SourceFailure> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<SourceFailure>
            {
                // A connection always ends in a failure, even one that was good for days.
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { } failure && !Report.Ends(failure)),
                MaxRetryAttempts = int.MaxValue,
                // The curve depends on the kind of failure and on how long the connection was good, so it is ours.
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(DelayAfter(args.Outcome.Result!)),
            })
            .Build();
    }

    public string Identity { get; }

    /// <summary>The environment's id, as the service told it last.</summary>
    internal string? EnvironmentId => _environmentId;

    protected ILogger Logger { get; }

    protected SourceReport Report { get; }

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Start(stop =>
        {
            _destination = destination;
            Begin(bootstrap);
            return RunAsync(stop);
        });
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    /// <summary>Called once, before the first connection.</summary>
    protected virtual void Begin(Bootstrap? bootstrap)
    {
    }

    /// <summary>The address of the next connection.</summary>
    protected abstract Uri NextAddress();

    /// <summary>Called for every answer, whatever its status, before anything else.</summary>
    /// <returns>How long a pause in the stream may be at most; null for the settings' own limit.</returns>
    protected virtual TimeSpan? OnAnswer(HttpResponseMessage response, TimeSpan responseTimeout) => null;

    /// <summary>Acts on an event, straight from its bytes, which are good for the call alone.</summary>
    /// <returns>Why the connection is to be given up; null to go on.</returns>
    protected abstract SourceFailure? Accept(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IDataDestination destination);

    /// <summary>Called with the end of every connection; may change it.</summary>
    protected virtual SourceFailure Ended(SourceFailure failure) => failure;

    private async Task RunAsync(CancellationToken stop)
    {
        var last = await _untilEnded.ExecuteAsync(static (self, token) => self.ConnectAsync(token), this, stop).ConfigureAwait(false);
        Report.Stopped(last);
    }

    private TimeSpan DelayAfter(SourceFailure failure)
    {
        if (_firstEventAt is { } since && _time.GetElapsedTime(since) >= _settings.ReconnectDelayReset)
        {
            _schedule.Reset();
        }

        var delay = _schedule.Next(failure.Regime, failure.RetryAfter);
        Report.Failed(failure, delay);
        return delay;
    }

    /// <summary>Lives through one connection and tells how it ended.</summary>
    private async ValueTask<SourceFailure> ConnectAsync(CancellationToken stop)
    {
        _firstEventAt = null;
        var address = NextAddress();
        HttpLog.Asking(Logger, Identity, address);
        try
        {
            return Ended(await LiveAsync(address, stop).ConfigureAwait(false));
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return Ended(SourceFailure.OfException(e, _settings.RetryTlsFailuresSlowly));
        }
    }

    private async Task<SourceFailure> LiveAsync(Uri address, CancellationToken stop)
    {
        using var response = await _http.GetAsync(address, new(Accept: EventStream, NoCache: true), stop).ConfigureAwait(false);
        var longestPause = OnAnswer(response, _http.ResponseTimeout) ?? _settings.ReadTimeout;
        if (response.Headers.TryGetValues("X-LD-EnvID", out var environment))
        {
            _environmentId = environment.FirstOrDefault();
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return SourceFailure.OfResponse(response, _time);
        }

        if (response.Content.Headers.ContentType?.MediaType is var type && !string.Equals(type, EventStream, StringComparison.OrdinalIgnoreCase))
        {
            // A page of a captive portal or of a wrongly addressed server.
            return new(DataSourceErrorKind.InvalidData, null, $"the answer is '{type ?? "of no type"}', not an event stream");
        }

        HttpLog.Connected(Logger, Identity);
        var body = await ResponseBody.OpenAsync(response, longestPause, _time, stop).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            return await ReadEventsAsync(body, stop).ConfigureAwait(false)
                ?? new(DataSourceErrorKind.NetworkError, null, "the service closed the stream");
        }
    }

    /// <summary>Reads to the stream's end (null), or to the event that ends it.</summary>
    private async Task<SourceFailure?> ReadEventsAsync(Stream body, CancellationToken stop)
    {
        // Each event becomes a model straight from its bytes, and is written before more are read.
        SourceFailure? end = null;
        using var events = new EventStreamParser((name, data) =>
        {
            _firstEventAt ??= _time.GetTimestamp();
            end ??= Accept(name, data, _destination);
        });
        var chunk = new byte[ChunkSize];
        int read;
        while (end is null && (read = await body.ReadAsync(chunk, stop).ConfigureAwait(false)) > 0)
        {
            events.Push(chunk.AsSpan(0, read));
        }

        return end;
    }
}
