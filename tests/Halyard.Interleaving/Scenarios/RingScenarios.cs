using Halyard.Concurrency;

namespace Halyard.Interleaving.Scenarios;

/// <summary>The ring through which analytics events go.</summary>
internal static class RingScenarios
{
    /// <summary>Every item that was taken in comes out once, in the order of its writer.</summary>
    public static Run Make()
    {
        var ring = new BoundedRing<string>(2);
        var added = new List<string>();
        var taken = new List<string>();
        void Add(string writer)
        {
            for (var i = 0; i < 2; i++)
            {
                var item = writer + i;
                if (ring.TryEnqueue(item, out _))
                {
                    added.Add(item);
                }
            }
        }

        void Take(int times)
        {
            for (var i = 0; i < times; i++)
            {
                if (ring.TryDequeue(out var item))
                {
                    taken.Add(item);
                }
            }
        }

        return new([("writer", () => Add("a")), ("writer", () => Add("b")), ("reader", () => Take(2))], () =>
        {
            Take(4);
            Run.Require(taken.Order().SequenceEqual(added.Order()), $"added {string.Join(' ', added)}, taken {string.Join(' ', taken)}");
            Run.Require(Ordered(taken, 'a') && Ordered(taken, 'b'), $"out of order: {string.Join(' ', taken)}");
            Run.Require(ring.Added == ring.Taken && ring.Added == added.Count, "the counts differ");
        });
    }

    /// <summary>Two readers never get the same item, though the cells are used again.</summary>
    public static Run MakeReaders()
    {
        var ring = new BoundedRing<string>(2);
        ring.TryEnqueue("0", out _);
        ring.TryEnqueue("1", out _);
        var taken = new List<string>();
        var added = 2;
        void Take()
        {
            for (var i = 0; i < 2; i++)
            {
                if (ring.TryDequeue(out var item))
                {
                    taken.Add(item);
                }
            }
        }

        return new(
            [("reader", Take), ("reader", Take), ("writer", () => { added += ring.TryEnqueue("2", out _) ? 1 : 0; added += ring.TryEnqueue("3", out _) ? 1 : 0; })],
            () =>
            {
                Take();
                Run.Require(taken.Distinct().Count() == taken.Count && taken.Count == added, $"{added} added, taken {string.Join(' ', taken)}");
            });
    }

    /// <summary>While the ring is replaced by a larger one nothing is lost, and nothing comes out twice or out of its writer's order.</summary>
    public static Run MakeGrowth()
    {
        var ring = new BoundedRing<string>(64);
        for (var i = 0; i < 15; i++)
        {
            ring.TryEnqueue("old", out _);
        }

        var positions = new List<long>();
        var taken = new List<string>();
        void Add(string writer)
        {
            for (var i = 0; i < 2; i++)
            {
                Run.Require(ring.TryEnqueue(writer + i, out var position), "there was no room");
                positions.Add(position);
            }
        }

        void Take(int times)
        {
            for (var i = 0; i < times; i++)
            {
                if (ring.TryDequeue(out var item))
                {
                    taken.Add(item);
                }
            }
        }

        return new([("writer", () => Add("a")), ("writer", () => Add("b")), ("reader", () => Take(16))], () =>
        {
            Take(19);
            Run.Require(taken.Take(15).All(static item => item == "old"), $"a new item was before an old one: {string.Join(' ', taken)}");
            var later = taken.Skip(15).ToList();
            Run.Require(later.Order().SequenceEqual(["a0", "a1", "b0", "b1"]), $"taken {string.Join(' ', later)}");
            Run.Require(Ordered(later, 'a') && Ordered(later, 'b'), $"out of order: {string.Join(' ', later)}");
            Run.Require(positions.Order().SequenceEqual([15, 16, 17, 18]), $"positions {string.Join(' ', positions)}");
            Run.Require(ring.Added == 19 && ring.Taken == 19, "the counts differ");
        });
    }

    private static bool Ordered(List<string> taken, char writer)
    {
        var own = taken.Where(item => item[0] == writer).ToList();
        return own.SequenceEqual(own.Order());
    }
}
