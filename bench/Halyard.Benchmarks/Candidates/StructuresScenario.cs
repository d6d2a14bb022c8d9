using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>What the store's snapshots could be made of, side by side; the bare dictionary is the reference.</summary>
internal sealed class StructuresScenario : IScenario
{
    private const int TurnsEach = 9;
    private const int Probes = 8_192;
    private const int ChangedTogether = 100;

    private static readonly Flag AnyFlag = new() { Key = "any" };

    public string Name => "structures";

    public string Title => "Structures for the store's snapshots";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var count in (int[])[100, 1_000, 10_000, 100_000])
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = new Data(count);
            IWork[] all =
            [
                new Work<DictionaryCandidate>(data),
                new Work<ItemMapCandidate>(data),
                new Work<WideTrie<Width16>>(data),
                new Work<WideTrie<Width64>>(data),
                new Work<SparseTrieCandidate>(data),
                new Work<BucketTableCandidate>(data),
                new Work<FrozenCandidate>(data),
                new Work<ImmutableDictionaryCandidate>(data),
                new Work<ConcurrentDictionaryCandidate>(data),
            ];
            foreach (var figure in Measured(all, "look up", count, static work => work.Find)
                .Concat(Measured(all, "look up what is not there", count, static work => work.Miss))
                .Concat(Measured(all, "replace one", count, static work => work.Set))
                .Concat(Measured(all, "replace 100 at once", count, static work => work.SetMany))
                .Concat(Measured(all, "build", count, static work => work.Build))
                .Concat(Measured(all, "enumerate", count, static work => work.Enumerate)))
            {
                yield return figure;
                await Task.Yield();
            }

            foreach (var work in all)
            {
                yield return new($"retained per item, {count:N0} items", work.Name, work.RetainedBytes() / (double)count, "B");
            }
        }
    }

    private static IEnumerable<Figure> Measured(IWork[] all, string what, int count, Func<IWork, Action<int>> loop)
    {
        var timings = Measure.InTurn(Measure.Rounds(TurnsEach), [.. all.Select(work => (work.Name, loop(work)))]);
        foreach (var work in all)
        {
            var timing = timings[work.Name];
            yield return new($"{what}, {count:N0} items", work.Name, timing.MinNanoseconds, "ns")
            {
                AllocatedBytes = timing.AllocatedBytes,
                Reference = work.Name == DictionaryCandidate.Name ? null : DictionaryCandidate.Name,
            };
        }
    }

    private interface IWork
    {
        string Name { get; }

        void Find(int times);

        void Miss(int times);

        void Set(int times);

        void SetMany(int times);

        void Build(int times);

        void Enumerate(int times);

        long RetainedBytes();
    }

    private sealed class Data
    {
        public Data(int count)
        {
            var random = new Random(1);
            Items = [.. Enumerable.Range(0, count).Select(static i => ItemDescriptor<Flag>.Of($"team-{i % 40}.feature-{i:D6}", 1, AnyFlag))];

            // Other instances than the structures hold, as a caller's are, in random order.
            Present = [.. Enumerable.Range(0, Probes).Select(_ => new string(Items[random.Next(count)].Key))];
            Absent = [.. Enumerable.Range(0, Probes).Select(i => $"team-{i % 40}.feature-{i:D6}x")];
            Newer = [.. Present.Select(static key => ItemDescriptor<Flag>.Of(key, 2, AnyFlag))];
            Together = [.. Enumerable.Range(0, 16).Select(_ => random.GetItems(Newer, ChangedTogether).DistinctBy(static item => item.Key).ToArray())];
        }

        public ItemDescriptor<Flag>[] Items { get; }

        public string[] Present { get; }

        public string[] Absent { get; }

        public ItemDescriptor<Flag>[] Newer { get; }

        public ItemDescriptor<Flag>[][] Together { get; }
    }

    private sealed class Work<T> : IWork
        where T : struct, ICandidate
    {
        private readonly Data _data;
        private T _subject;
        private int _next;

        public Work(Data data)
        {
            _data = data;
            var subject = default(T);
            subject.Build(data.Items);
            foreach (var item in data.Items)
            {
                if (!ReferenceEquals(subject.Find(item.Key), item))
                {
                    throw new InvalidOperationException($"{Name} does not find '{item.Key}'.");
                }
            }

            _subject = subject;
        }

        public string Name => T.Name;

        public void Find(int times)
        {
            var (subject, keys, at) = (_subject, _data.Present, _next);
            for (var i = 0; i < times; i++)
            {
                if (subject.Find(keys[at++ & (Probes - 1)]) is null)
                {
                    throw new InvalidOperationException();
                }
            }

            _next = at;
        }

        public void Miss(int times)
        {
            var (subject, keys, at) = (_subject, _data.Absent, _next);
            for (var i = 0; i < times; i++)
            {
                if (subject.Find(keys[at++ & (Probes - 1)]) is not null)
                {
                    throw new InvalidOperationException();
                }
            }

            _next = at;
        }

        public void Set(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _subject.Set(_data.Newer[_next++ & (Probes - 1)]);
            }
        }

        public void SetMany(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _subject.SetAll(_data.Together[_next++ & 15]);
            }
        }

        public void Build(int times)
        {
            for (var i = 0; i < times; i++)
            {
                default(T).Build(_data.Items);
            }
        }

        public void Enumerate(int times)
        {
            for (var i = 0; i < times; i++)
            {
                if (_subject.Enumerate() != _data.Items.Length)
                {
                    throw new InvalidOperationException();
                }
            }
        }

        public long RetainedBytes()
        {
            var before = Measure.LiveBytes();
            object another = Built();
            var after = Measure.LiveBytes();
            GC.KeepAlive(another);
            return after - before;

            object Built()
            {
                var built = default(T);
                built.Build(_data.Items);
                return built;
            }
        }
    }
}
