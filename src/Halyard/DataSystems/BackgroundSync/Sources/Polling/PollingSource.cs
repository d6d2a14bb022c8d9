using System.Net;
using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Polling;

/// <summary>
/// Keeps a destination in step by asking at an interval. What is asked for and what the answer means is the protocol's
/// part.
/// </summary>
internal abstract class PollingSource : HttpSource
{
    /// <summary>Good polls in a row after which the slow retries are forgotten.</summary>
    private const int GoodPollsToReset = 2;

    private readonly PollingSettings _settings;
    private readonly ReconnectSchedule _schedule;
    private EntityTag? _tag;
    private bool _hasData;
    private int _goodPolls;

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
        : base(identity, http, new(identity, settings.UnexpectedStatus, status, logger), settings.RetryTlsFailuresSlowly, time, logger)
    {
        _settings = settings;
        _schedule = ReconnectSchedule.ForPolling(settings.Interval, random);
    }

    /// <summary>Called for every answer, whatever its status, before anything else.</summary>
    protected virtual void OnAnswer(HttpResponseMessage response)
    {
    }

    /// <summary>Reads and stores a body.</summary>
    /// <returns>Why it was no good; null when its data was stored, or is confirmed.</returns>
    protected abstract SourceFailure? Store(ReadOnlySpan<byte> body, IDataDestination destination);

    protected override async Task RunAsync(IDataDestination destination, CancellationToken stop)
    {
        while (true)
        {
            Pass("poll: ask");
            var start = Time.GetTimestamp();
            var failure = await TryAskAsync(destination, stop).ConfigureAwait(false);
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
            var spent = Time.GetElapsedTime(start);
            var pause = failure?.RetryAfter is { } asked && asked > delay - spent ? asked : delay - spent;
            if (pause > TimeSpan.Zero)
            {
                Pass("poll: pause");
                await Task.Delay(TimerSpan.RoundedUp(pause), Time, stop).ConfigureAwait(false);
            }
        }
    }

    protected override async Task<SourceFailure?> AskAsync(Uri address, IDataDestination destination, CancellationToken stop)
    {
        using var response = await Http.GetAsync(
            address, new(Accept: "application/json", AcceptCompressed: true, Tag: _tag), stop).ConfigureAwait(false);
        Pass("poll: answered");
        OnAnswer(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.NotModified when _hasData:
                HttpLog.NotModified(Logger);
                return null;
            case HttpStatusCode.OK:
                return await StoreAsync(response, destination, stop).ConfigureAwait(false);
            default:
                return SourceFailure.OfResponse(response, Time);
        }
    }

    protected override SourceFailure? Ended(SourceFailure? failure)
    {
        if (_tag is null || failure is null || !MayBeTheTags(failure))
        {
            return failure;
        }

        _tag = null;
        return failure with { Regime = RetryRegime.Normal };
    }

    private async Task<SourceFailure?> StoreAsync(HttpResponseMessage response, IDataDestination destination, CancellationToken stop)
    {
        var stream = await ResponseBody.OpenAsync(response, Http.ResponseTimeout, Http.MinimumRate, Time, stop, Http.Received).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            Pass("poll: read");
            using var body = await ResponseBody.ReadAllAsync(stream, _settings.MaxBodyBytes, stop).ConfigureAwait(false);
            Parsing?.Begin();
            if (Store(body.Content, destination) is { } failure)
            {
                return failure;
            }
        }

        // Only now: the tag of a body that was not stored would earn nothing but "not modified" for ever.
        _hasData = true;
        _tag = EntityTag.Of(response);
        return null;
    }

    // A tag that the service does not take back (431, or 400, which may mean it) is forgotten: the next poll goes without.
    private static bool MayBeTheTags(SourceFailure failure) => failure.StatusCode is 400 or 412 or 431;
}
