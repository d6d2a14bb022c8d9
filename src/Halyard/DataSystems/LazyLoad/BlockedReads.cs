using System.Diagnostics;
using Halyard.Concurrency;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>Lets callers that cannot await wait for fetches, at most for the read timeout. Thread-safe.</summary>
/// <remarks>
/// Measures by the machine's clock, since a timer would need the thread pool, all of whose threads may be waiting
/// right here. Waits for a task, since that tells the pool that its thread is blocked.
/// </remarks>
/// <param name="flights">What fetches.</param>
/// <param name="counters">What counts reads that timed out.</param>
/// <param name="store">The store's name, for people.</param>
/// <param name="readTimeout">The longest time of a read.</param>
/// <param name="logger">Where to log.</param>
internal sealed partial class BlockedReads(
    StoreFlights flights, LazyLoadCounters counters, string store, TimeSpan readTimeout, ILogger logger)
{
    // For so long a fetch may wait to be sent together with others; it is sent as soon as a request under way ends.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    /// <summary>Blocks until all fetches are complete or the read timeout is over.</summary>
    /// <param name="fetches">The fetches.</param>
    /// <param name="began">When the read began, by <see cref="Stopwatch"/>.</param>
    /// <returns>Whether all are complete.</returns>
    public bool Wait(List<PendingFetch<StoreRead, bool>> fetches, long began)
    {
        var isPatient = true;
        foreach (var fetch in fetches)
        {
            if (isPatient && Left(began) > Patience && !fetch.Task.Wait(Patience))
            {
                isPatient = false;
                SendNow(fetches);
            }

            if (!fetch.Task.Wait(Left(began)))
            {
                // What nobody waits for any more is still wanted by those who come next.
                SendNow(fetches);
                if (counters.TimedOut())
                {
                    LogSlow(logger, store, fetch.Key, readTimeout.TotalMilliseconds);
                }

                return false;
            }
        }

        return true;
    }

    /// <summary>What is left of the time of a read.</summary>
    public TimeSpan Left(long began)
    {
        var left = readTimeout - Stopwatch.GetElapsedTime(began);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void SendNow(List<PendingFetch<StoreRead, bool>> fetches)
    {
        foreach (var fetch in fetches)
        {
            flights.SendNow(fetch);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "Store {Store} did not answer within {Milliseconds} ms reading {Read}; the read went on with what is known. Logged once")]
    private static partial void LogSlow(ILogger logger, string store, StoreRead read, double milliseconds);
}
