using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Polling;

/// <summary>What a poller works with: the options of the moment it was built.</summary>
internal sealed record PollingSettings(
    TimeSpan Interval, string? PayloadFilter, UnexpectedStatusPolicy UnexpectedStatus, bool RetryTlsFailuresSlowly, long MaxBodyBytes)
{
    /// <summary>The settings that the options ask for now, with the interval in its limits.</summary>
    public static PollingSettings Of(PollingOptions options, ILogger logger)
    {
        var interval = options.Interval;
        if (interval < PollingOptions.MinimumInterval && !options.AllowShortIntervals)
        {
            HttpLog.IntervalRaised(logger, interval, PollingOptions.MinimumInterval);
            interval = PollingOptions.MinimumInterval;
        }

        return new(interval, options.PayloadFilter, options.UnexpectedStatus, options.RetryTlsFailuresSlowly, options.MaxBodyBytes);
    }
}
