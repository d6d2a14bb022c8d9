using System.Net;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Keeps a destination in step by asking for the whole data set at an interval (facts/wire-protocols 5).</summary>
internal sealed class PollingSynchronizer : IDataSynchronizer
{
    private const string Path = "/sdk/latest-all";

    /// <summary>Good polls in a row after which the slow retries are forgotten.</summary>
    private const int GoodPollsToReset = 2;

    private readonly PollingSettings _settings;
    private readonly ServiceHttpClient _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SourceReport _report;
    private readonly ReconnectSchedule _schedule;
    private readonly SourceLoop _loop = new();
    private readonly Uri _address;
    private EntityTag? _tag;
    private bool _hasData;
    private int _goodPolls;
    private volatile string? _environmentId;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public PollingSynchronizer(
        PollingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null)
    {
        _settings = settings;
        _http = http;
        _time = time;
        _logger = logger;
        _address = ServiceUri.Append(baseUri, Path, ServiceUri.FilterQuery(settings.PayloadFilter, logger));
        _report = new SourceReport(Identity, settings.UnexpectedStatus, status, logger);
        _schedule = ReconnectSchedule.ForPolling(settings.Interval, random);
    }

    public string Identity => "polling";

    /// <summary>The environment's id, as the service told it last.</summary>
    internal string? EnvironmentId => _environmentId;

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Start(stop => RunAsync(destination, stop));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private async Task RunAsync(IDataDestination destination, CancellationToken stop)
    {
        while (true)
        {
            var start = _time.GetTimestamp();
            var failure = await PollAsync(destination, stop).ConfigureAwait(false);
            TimeSpan delay;
            if (failure is null)
            {
                if (++_goodPolls >= GoodPollsToReset)
                {
                    _schedule.Reset();
                }

                _report.Valid();
                delay = _settings.Interval;
            }
            else if (_report.Ends(failure))
            {
                _report.Stopped(failure);
                return;
            }
            else
            {
                _goodPolls = 0;
                delay = _schedule.Next(failure.Regime, failure.RetryAfter);
                _report.Failed(failure, delay);
            }

            // From start to start, whatever a poll takes; what the service asked for counts from its answer.
            var spent = _time.GetElapsedTime(start);
            var pause = failure?.RetryAfter is { } asked && asked > delay - spent ? asked : delay - spent;
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, _time, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Polls once. Null means that the data was stored, or is confirmed.</summary>
    private async Task<SourceFailure?> PollAsync(IDataDestination destination, CancellationToken stop)
    {
        HttpLog.Asking(_logger, Identity, _address);
        try
        {
            using var response = await _http.GetAsync(
                _address, new(Accept: "application/json", AcceptCompressed: true, Tag: _tag), stop).ConfigureAwait(false);
            if (response.Headers.TryGetValues("X-LD-EnvID", out var environment))
            {
                _environmentId = environment.FirstOrDefault();
            }

            switch (response.StatusCode)
            {
                case HttpStatusCode.NotModified when _hasData:
                    HttpLog.NotModified(_logger);
                    return null;
                case HttpStatusCode.OK:
                    await StoreAsync(response, destination, stop).ConfigureAwait(false);
                    return null;
                default:
                    return SourceFailure.OfResponse(response, _time);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, _settings.RetryTlsFailuresSlowly);
        }
    }

    private async Task StoreAsync(HttpResponseMessage response, IDataDestination destination, CancellationToken stop)
    {
        var dataSet = await ReadAsync(response, stop).ConfigureAwait(false);
        try
        {
            destination.Init(dataSet);
        }
        catch (Exception e)
        {
            throw new StoreWriteException(e);
        }

        // Only now: the tag of a body that was not stored would earn nothing but "not modified" for ever.
        _hasData = true;
        _tag = response.Headers.TryGetValues("ETag", out var values) && values.FirstOrDefault() is { Length: > 0 } value
            ? new EntityTag(response.RequestMessage!.RequestUri!, value)
            : null;
    }

    private async Task<DataSet> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var content = response.Content.Headers;
        var length = content.ContentEncoding.Count == 0 ? content.ContentLength : null;
        var stream = await ResponseBody.OpenAsync(response, _http.ResponseTimeout, _time, stop).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = await ResponseBody.ReadAllAsync(stream, length, _settings.MaxBodyBytes, stop).ConfigureAwait(false);
            return ModelReader.ReadDataSet(body.Content);
        }
    }
}
