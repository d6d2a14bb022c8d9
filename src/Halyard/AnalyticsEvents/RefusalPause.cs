using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// How long nothing is sent after the service has refused events with a status that does not pass by itself: 5 minutes,
/// doubling to an hour, less a random part of up to half, as for a data source. Used by one delivery at a time; not
/// thread-safe.
/// </summary>
internal sealed class RefusalPause(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private TimeSpan _next = Shortest;
    private TimeSpan _pause;
    private long _since;
    private string? _problem;

    /// <summary>Whether it is too early to try again.</summary>
    public bool IsOn => _pause > TimeSpan.Zero && time.GetElapsedTime(_since) < _pause;

    /// <summary>The service has refused. Each reason is logged once: it may last for days.</summary>
    public void Refused(string problem)
    {
#pragma warning disable CA5394 // Spreads load; nothing secret depends on it.
        _pause = _next * (1 - (0.5 * Random.Shared.NextDouble()));
#pragma warning restore CA5394
        _since = time.GetTimestamp();
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        if (_problem != problem)
        {
            _problem = problem;
            EventLog.Refused(logger, problem, _pause);
        }
    }

    /// <summary>The service has taken events.</summary>
    public void Accepted()
    {
        if (_problem is not null)
        {
            EventLog.AcceptedAgain(logger);
        }

        (_problem, _pause, _next) = (null, TimeSpan.Zero, Shortest);
    }
}
