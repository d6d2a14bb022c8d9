using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

// Reads of single items for callers that await, where the store can be asked for several at once: while one trip is
// under way, those that come are gathered, and go together. A read that finds the store idle starts at once, alone.
internal sealed partial class LazyLoad
{
    // A batch that failed makes its reads fly alone for a time; this bounds how many of them are remembered.
    private const int MaxSuspects = 10_000;

    private readonly int _largestBatch;
    private readonly WaitingReads[] _waiting;

    /// <summary>Takes a flight over, if it may go with others.</summary>
    private bool TryQueue(Flight flight)
    {
        if (_largestBatch <= 1 || flight.Read.Scope != StoreReadScope.Item || _unreadable.ContainsKey(flight.Read))
        {
            return false;
        }

        var waiting = _waiting[(int)flight.Read.Kind];
        bool goesAlone;
        lock (waiting)
        {
            goesAlone = waiting.UnderWay == 0 && MayStartHere;
            if (!goesAlone)
            {
                waiting.Flights.Add(flight);
                flight.IsWaiting = true;
                if (!waiting.Dispatching)
                {
                    // Behind all that is ready to run: whoever is about to ask comes along.
                    waiting.Dispatching = true;
                    DispatchSoon(waiting, onStoreThread: false);
                }
            }
            else
            {
                waiting.UnderWay++;
            }
        }

        if (goesAlone)
        {
            _ = FlyManyAsync([flight], waiting);
        }
        else
        {
            // Either this sees whoever blocks for the flight already, or they see that it waits.
            Interlocked.MemoryBarrier();
            if (flight.IsBlockedFor)
            {
                DispatchSoon(waiting, onStoreThread: true);
            }
        }

        return true;
    }

    /// <summary>Joins a flight on a thread that will block for it, perhaps one that the flight would need to be sent off.</summary>
    private void Block(Flight flight)
    {
        flight.IsBlockedFor = true;
        Interlocked.MemoryBarrier();
        if (flight.IsWaiting)
        {
            // The thread pool, all of whose threads may be waiting for it, would send it off too late.
            DispatchSoon(_waiting[(int)flight.Read.Kind], onStoreThread: true);
        }
    }

    private void DispatchSoon(WaitingReads waiting, bool onStoreThread)
    {
        if (onStoreThread)
        {
            _threads.Post(
                static state =>
                {
                    var (self, waiting) = ((LazyLoad, WaitingReads))state!;
                    self.Dispatch(waiting, onStoreThread: true);
                },
                (this, waiting));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static work => work.Self.Dispatch(work.Waiting, onStoreThread: false), (Self: this, Waiting: waiting), preferLocal: false);
        }
    }

    private void Dispatch(WaitingReads waiting, bool onStoreThread)
    {
        Flight[] batch;
        lock (waiting)
        {
            var count = Math.Min(_largestBatch, waiting.Flights.Count);
            waiting.Dispatching = waiting.Flights.Count > count;
            if (count == 0)
            {
                return;
            }

            batch = new Flight[count];
            waiting.Flights.CopyTo(0, batch, 0, count);
            waiting.Flights.RemoveRange(0, count);
            waiting.UnderWay++;
            Array.ForEach(batch, static flight => flight.IsWaiting = false);
            if (waiting.Dispatching)
            {
                // Not in a loop: a reader that blocks its caller holds up its own batch alone.
                DispatchSoon(waiting, onStoreThread);
            }
        }

        _ = FlyManyAsync(batch, waiting);
    }

    // As FlyAsync: sent off on the store threads, it lands there too.
    private async Task FlyManyAsync(Flight[] flights, WaitingReads waiting)
    {
        try
        {
            if (_closed || _health.Down)
            {
                // It went down while they were waiting.
                HoldAll(flights, _closed ? long.MaxValue : _health.HoldUntil(_tracker.Stamp));
                return;
            }

            var failure = flights.Length == 1
                ? await ReadAsync(flights[0].Read, flights[0]).ConfigureAwait(true)
                : await ReadManyAsync(flights).ConfigureAwait(true);
            if (_closed)
            {
                HoldAll(flights, long.MaxValue);
            }
            else if (failure is not null)
            {
                // Which of them it was, if it was one, shows when each is asked for by itself.
                if (flights.Length > 1)
                {
                    MarkSuspect(flights);
                }

                _health.Failed(flights[0].Read, failure);
                HoldAll(flights, _health.HoldUntil(_tracker.Stamp));
            }
            else
            {
                _health.Succeeded();
            }
        }
        catch (Exception e)
        {
            // Nothing above is meant to throw; readers must not wait for ever if something does.
            LogUnexpected(_logger, e, flights[0].Read);
            HoldAll(flights, _tracker.Stamp + _tracker.Ticks(ShortHold));
        }
        finally
        {
            lock (waiting)
            {
                waiting.UnderWay--;
            }

            foreach (var flight in flights)
            {
                Land(flight);
            }
        }
    }

    /// <summary>Asks the store in one trip for the items of several flights, at most for the fetch timeout, and takes in the answers.</summary>
    /// <returns>The failure; null when there was none.</returns>
    private async ValueTask<Exception?> ReadManyAsync(Flight[] flights)
    {
        var first = flights[0].Read;
        var trip = new Trip(this, first);
        try
        {
            using var limit = new CancellationTokenSource(_fetchTimeout, _timeProvider);
            foreach (var flight in flights)
            {
                flight.Limit = limit;
            }

            var kind = first.Kind;
            var keys = Array.ConvertAll(flights, static flight => flight.Read.Key);
            Arrived(kind, keys, await Bound(_reader.GetManyAsync(kind, keys, limit.Token), limit.Token).ConfigureAwait(true), trip);
            return null;
        }
        catch (Exception e)
        {
            trip.Failed();
            return e;
        }
        finally
        {
            trip.End();
            foreach (var flight in flights)
            {
                flight.Limit = null;
            }
        }
    }

    private void Arrived(DataKind kind, string[] keys, ReadItem[] results, in Trip trip)
    {
        var answered = _cache.Moment();
        var now = _tracker.Stamp;
        var items = new ItemDescriptor[results.Length];
        var count = 0;
        for (var i = 0; i < results.Length; i++)
        {
            var freshUntil = _tracker.FreshUntil(trip.Asked);
            if (results[i].Outcome is ReadOutcome.Malformed or ReadOutcome.Pending)
            {
                _cache.Hold(kind, keys[i], results[i].Outcome == ReadOutcome.Pending ? RetryAt(freshUntil, now) : freshUntil, now);
                continue;
            }

            var item = results[i].Item ?? ItemDescriptor.Tombstone(kind, keys[i], LazyCache.AbsentVersion);
            ExpirationTracker.SetFreshUntil(item, freshUntil);
            items[count++] = item;
        }

        _cache.PutMany(kind, items.AsSpan(0, count), trip.Moment, answered, now);
    }

    private void MarkSuspect(Flight[] flights)
    {
        if (_unreadable.Count + flights.Length > MaxSuspects)
        {
            // Those of earlier failures that nobody has asked for since.
            foreach (var (read, times) in _unreadable)
            {
                if (times == 0)
                {
                    _unreadable.TryRemove(new(read, times));
                }
            }
        }

        foreach (var flight in flights)
        {
            _unreadable.TryAdd(flight.Read, 0);
        }
    }

    private void HoldAll(Flight[] flights, long until)
    {
        foreach (var flight in flights)
        {
            Hold(flight.Read, until);
        }
    }

    /// <summary>The reads of a kind that wait for the next trip; also the lock of its fields.</summary>
    private sealed class WaitingReads
    {
        public List<Flight> Flights { get; } = [];

        /// <summary>How many trips are under way.</summary>
        public int UnderWay { get; set; }

        /// <summary>Whether the gathered ones are going to be sent off.</summary>
        public bool Dispatching { get; set; }
    }
}
