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

    private static bool Ordered(List<string> taken, char writer)
    {
        var own = taken.Where(item => item[0] == writer).ToList();
        return own.SequenceEqual(own.Order());
    }
}
