using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Halyard;

/// <summary>
/// Keeps a destination in step with the older stream. One loop owns the one connection: it is closed before the next
/// is opened, so that reconnects cannot multiply.
/// </summary>
internal sealed class StreamingSynchronizer : IDataSynchronizer
{
    private const string Path = "/all";
    private const string EventStream = "text/event-stream";
    private const int ChunkSize = 32 * 1024;

    private readonly StreamingSettings _settings;
    private readonly ServiceHttpClient _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SourceReport _report;
    private readonly ReconnectSchedule _schedule;
    private readonly ResiliencePipeline<SourceFailure> _untilEnded;
    private readonly SourceLoop _loop = new();
    private readonly Uri _address;
    private IDataDestination _destination = null!;
    private long? _firstEventAt;
    private volatile string? _environmentId;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public StreamingSynchronizer(
        StreamingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null)
    {
        _settings = settings;
        _http = http;
        _time = time;
        _logger = logger;
        _address = ServiceUri.Append(baseUri, Path, ServiceUri.FilterQuery(settings.PayloadFilter, logger));
        _report = new SourceReport(Identity, settings.UnexpectedStatus, status, logger);
        _schedule = new ReconnectSchedule(
            new(settings.InitialReconnectDelay, settings.MaxReconnectDelay), ReconnectSchedule.ExtendedCurve, random: random);
        _untilEnded = new ResiliencePipelineBuilder<SourceFailure> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<SourceFailure>
            {
                // A connection always ends in a failure, even one that was good for days.
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { } failure && !_report.Ends(failure)),
                MaxRetryAttempts = int.MaxValue,
                // The curve depends on the kind of failure and on how long the connection was good, so it is ours.
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(DelayAfter(args.Outcome.Result!)),
            })
            .Build();
    }

    public string Identity => "streaming";

    /// <summary>The environment's id, as the service told it last.</summary>
    internal string? EnvironmentId => _environmentId;

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Start(stop =>
        {
            _destination = destination;
            return RunAsync(stop);
        });
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var last = await _untilEnded.ExecuteAsync(static (self, token) => self.ConnectAsync(token), this, stop).ConfigureAwait(false);
        _report.Stopped(last);
    }

    private TimeSpan DelayAfter(SourceFailure failure)
    {
        if (_firstEventAt is { } since && _time.GetElapsedTime(since) >= _settings.ReconnectDelayReset)
        {
            _schedule.Reset();
        }

        var delay = _schedule.Next(failure.Regime, failure.RetryAfter);
        _report.Failed(failure, delay);
        return delay;
    }

    /// <summary>Lives through one connection and tells how it ended.</summary>
    private async ValueTask<SourceFailure> ConnectAsync(CancellationToken stop)
    {
        _firstEventAt = null;
        HttpLog.Asking(_logger, Identity, _address);
        try
        {
            using var response = await _http.GetAsync(_address, new(Accept: EventStream, NoCache: true), stop).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return SourceFailure.OfResponse(response, _time);
            }

            if (response.Content.Headers.ContentType?.MediaType is var type && !string.Equals(type, EventStream, StringComparison.OrdinalIgnoreCase))
            {
                // A page of a captive portal or of a wrongly addressed server.
                return new(DataSourceErrorKind.InvalidData, null, $"the answer is '{type ?? "of no type"}', not an event stream");
            }

            HttpLog.Connected(_logger, Identity);
            if (response.Headers.TryGetValues("X-LD-EnvID", out var environment))
            {
                _environmentId = environment.FirstOrDefault();
            }

            await ReadEventsAsync(response, stop).ConfigureAwait(false);
            return new(DataSourceErrorKind.NetworkError, null, "the service closed the stream");
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, _settings.RetryTlsFailuresSlowly);
        }
    }

    private async Task ReadEventsAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var body = await ResponseBody.OpenAsync(response, _settings.ReadTimeout, _time, stop).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            // Each event becomes a model straight from its bytes, and is written before more are read.
            using var events = new EventStreamParser(OnEvent);
            var chunk = new byte[ChunkSize];
            int read;
            while ((read = await body.ReadAsync(chunk, stop).ConfigureAwait(false)) > 0)
            {
                events.Push(chunk.AsSpan(0, read));
            }
        }
    }

    private void OnEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        _firstEventAt ??= _time.GetTimestamp();
        var change = StreamEvent.Parse(name, data);
        if (!change.IsIgnored)
        {
            Write(change);
            _report.Valid();
        }
    }

    private void Write(StreamEvent change)
    {
        try
        {
            if (change.DataSet is { } dataSet)
            {
                _destination.Init(dataSet);
            }
            else if (change.Item is { } item)
            {
                _destination.Upsert(item.Kind, item.Key, item);
            }
        }
        catch (Exception e)
        {
            throw new StoreWriteException(e);
        }
    }
}
