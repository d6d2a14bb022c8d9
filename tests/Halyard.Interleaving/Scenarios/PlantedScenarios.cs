namespace Halyard.Interleaving.Scenarios;

/// <summary>Races that must be found: what the product's parts would be without their care.</summary>
internal static class PlantedScenarios
{
    /// <summary>A ring that says that an item is there before it is.</summary>
    public static Run EarlyTurn()
    {
        var (head, item) = (0L, (string?)null);
        var taken = "none";
        return new(
            [
                ("writer", () => { Volatile.Write(ref head, 1); Volatile.Write(ref item, "x"); }),
                ("reader", () => { if (Volatile.Read(ref head) == 1) { taken = Volatile.Read(ref item); } }),
            ],
            () => Run.Require(taken is not null, "an item was taken that was not there yet"));
    }

    /// <summary>A store that publishes without looking whether another has published meanwhile.</summary>
    public static Run LostUpdate()
    {
        var data = "";
        void Write(string what)
        {
            var now = Volatile.Read(ref data);
            Volatile.Write(ref data, now + what);
        }

        return new([("writer", () => Write("a")), ("writer", () => Write("b"))], () => Run.Require(data.Length == 2, $"a write was lost: {data}"));
    }

    /// <summary>A listener that falls asleep after it has looked, and not while it looks.</summary>
    public static Run LostWake()
    {
        var gate = new Lock();
        var waiting = new Queue<int>();
        var isRunning = false;
        var heard = 0;
        void Listen()
        {
            while (true)
            {
                lock (gate)
                {
                    if (!waiting.TryDequeue(out _))
                    {
                        break;
                    }
                }

                heard++;
            }

            lock (gate)
            {
                isRunning = false;
            }
        }

        void Publish(int value)
        {
            lock (gate)
            {
                waiting.Enqueue(value);
                if (!isRunning)
                {
                    isRunning = true;
                    ThreadPool.UnsafeQueueUserWorkItem(static listen => listen(), (Action)Listen, preferLocal: false);
                }
            }
        }

        return new([("publisher", () => { Publish(1); Publish(2); })], () => Run.Require(heard == 2, $"{heard} of 2 were heard"));
    }

    /// <summary>Two parts that take each other's locks in the order that suits them.</summary>
    public static Run LockOrder()
    {
        var (first, second) = (new Lock(), new Lock());
        static void Both(Lock outer, Lock inner)
        {
            lock (outer)
            {
                lock (inner)
                {
                }
            }
        }

        return new([("door", () => Both(first, second)), ("writer", () => Both(second, first))], static () => { });
    }

    /// <summary>A thread that waits for what the schedule does not see.</summary>
    public static Run Hang() => new([("waiter", static () => new ManualResetEventSlim().Wait())], static () => { }) { Limit = TimeSpan.FromMilliseconds(300) };

    /// <summary>An end that looks whether something is under way, and ends it later.</summary>
    public static Run LateEnd()
    {
        var gate = new Lock();
        var (isClosed, open) = (false, 0);
        void Open()
        {
            bool may;
            lock (gate)
            {
                may = !isClosed;
            }

            if (may)
            {
                lock (gate)
                {
                    open++;
                }
            }
        }

        void Close()
        {
            lock (gate)
            {
                isClosed = true;
                open = 0;
            }
        }

        return new([("start", Open), ("end", Close)], () => Run.Require(open == 0, "something was opened after the end"));
    }
}
