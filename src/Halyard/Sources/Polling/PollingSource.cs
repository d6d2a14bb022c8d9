using System.Net;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Keeps a destination in step by asking at an interval. What is asked for and what the answer means is the protocol's
/// part.
/// </summary>
internal abstract class PollingSource : IDataSynchronizer
{
    /// <summary>Good polls in a row after which the slow retries are forgotten.</summary>
    private const int GoodPollsToReset = 2;

    private readonly PollingSettings _settings;
    private readonly ServiceHttpClient _http;
    private readonly TimeProvider _time;
    private readonly ReconnectSchedule _schedule;
    private readonly SourceLoop _loop = new();
    private EntityTag? _tag;
    private bool _hasData;
    private int _goodPolls;
    private volatile string? _environmentId;

    /// <param name="identity">The source's name.</param>
    /// <param name="settings">The settings, validated.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    protected PollingSource(
        string identity, PollingSettings settings, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random)
    {
        Identity = identity;
        _settings = settings;
        _http = http;
        _time = time;
        Logger = logger;
        Report = new SourceReport(identity, settings.UnexpectedStatus, status, logger);
        _schedule = ReconnectSchedule.ForPolling(settings.Interval, random);
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
            Begin(bootstrap);
            return RunAsync(destination, stop);
        });
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    /// <summary>Called once, before the first poll.</summary>
    protected virtual void Begin(Bootstrap? bootstrap)
    {
    }

    /// <summary>The address of the next poll.</summary>
    protected abstract Uri NextAddress();

    /// <summary>Called for every answer, whatever its status, before anything else.</summary>
    protected virtual void OnAnswer(HttpResponseMessage response)
    {
    }

    /// <summary>Reads and stores a body.</summary>
    /// <returns>Why it was no good; null when its data was stored, or is confirmed.</returns>
    protected abstract SourceFailure? Store(ReadOnlySpan<byte> body, IDataDestination destination);

    /// <summary>Called with the outcome of every poll; may change it. Null means that data was stored or confirmed.</summary>
    protected virtual SourceFailure? Ended(SourceFailure? failure) => failure;

    /// <summary>Polls once. Null means that data was stored, or is confirmed.</summary>
    protected async Task<SourceFailure?> PollAsync(IDataDestination destination, CancellationToken stop)
    {
        var address = NextAddress();
        HttpLog.Asking(Logger, Identity, address);
        try
        {
            return Ended(await AskAsync(address, destination, stop).ConfigureAwait(false));
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return Ended(SourceFailure.OfException(e, _settings.RetryTlsFailuresSlowly));
        }
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

                Report.Valid();
                delay = _settings.Interval;
            }
            else if (Report.Ends(failure))
            {
                Report.Stopped(failure);
                return;
            }
            else
            {
                _goodPolls = 0;
                delay = _schedule.Next(failure.Regime, failure.RetryAfter);
                Report.Failed(failure, delay);
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

    private async Task<SourceFailure?> AskAsync(Uri address, IDataDestination destination, CancellationToken stop)
    {
        using var response = await _http.GetAsync(
            address, new(Accept: "application/json", AcceptCompressed: true, Tag: _tag), stop).ConfigureAwait(false);
        OnAnswer(response);
        if (response.Headers.TryGetValues("X-LD-EnvID", out var environment))
        {
            _environmentId = environment.FirstOrDefault();
        }

        switch (response.StatusCode)
        {
            case HttpStatusCode.NotModified when _hasData:
                HttpLog.NotModified(Logger);
                return null;
            case HttpStatusCode.OK:
                return await StoreAsync(response, destination, stop).ConfigureAwait(false);
            default:
                return SourceFailure.OfResponse(response, _time);
        }
    }

    private async Task<SourceFailure?> StoreAsync(HttpResponseMessage response, IDataDestination destination, CancellationToken stop)
    {
        var content = response.Content.Headers;
        var length = content.ContentEncoding.Count == 0 ? content.ContentLength : null;
        var stream = await ResponseBody.OpenAsync(response, _http.ResponseTimeout, _time, stop).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = await ResponseBody.ReadAllAsync(stream, length, _settings.MaxBodyBytes, stop).ConfigureAwait(false);
            if (Store(body.Content, destination) is { } failure)
            {
                return failure;
            }
        }

        // Only now: the tag of a body that was not stored would earn nothing but "not modified" for ever.
        _hasData = true;
        _tag = response.Headers.TryGetValues("ETag", out var values) && values.FirstOrDefault() is { Length: > 0 } value
            ? new EntityTag(response.RequestMessage!.RequestUri!, value)
            : null;
        return null;
    }
}
