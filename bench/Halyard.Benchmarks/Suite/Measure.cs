using System.Diagnostics;

namespace Halyard.Benchmarks.Suite;

/// <summary>The steps in which scenarios measure: rounds that take turns, exact bytes, and memory after a full collection.</summary>
internal static class Measure
{
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(Quick ? 20 : 100);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(Quick ? 100 : 600);

    /// <summary>Whether a quick look is wanted (<c>--quick</c>): fewer and shorter rounds, figures that are only roughly right.</summary>
    public static bool Quick { get; } = Environment.GetEnvironmentVariable(SuiteRunner.QuickVariable) == "1";

    /// <summary>How many rounds to take: the given number, or three for a quick look.</summary>
    public static int Rounds(int wanted) => Quick ? Math.Min(3, wanted) : wanted;

    /// <summary>
    /// Times short work: every subject runs a calibrated number of operations per round, and the subjects take turns, so
    /// that what else the machine does reaches all of them. One thread.
    /// </summary>
    /// <param name="rounds">How many turns each takes, after a warm-up long enough for the compiler's last tier.</param>
    /// <param name="subjects">A name and a loop that does the work so many times.</param>
    public static IReadOnlyDictionary<string, Timing> InTurn(int rounds, params ReadOnlySpan<(string Name, Action<int> Loop)> subjects)
    {
        var entries = new (string Name, Action<int> Loop, int Operations, List<double> Nanoseconds)[subjects.Length];
        for (var i = 0; i < subjects.Length; i++)
        {
            entries[i] = (subjects[i].Name, subjects[i].Loop, Calibrate(subjects[i].Loop), []);
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var (_, loop, operations, nanoseconds) in entries)
            {
                var started = Stopwatch.GetTimestamp();
                loop(operations);
                nanoseconds.Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds / operations);
            }
        }

        return entries.ToDictionary(
            static entry => entry.Name,
            static entry => Timing.Of(entry.Nanoseconds, AllocatedBytes(entry.Loop, Math.Clamp(entry.Operations, 1, 10_000))),
            StringComparer.Ordinal);
    }

    /// <summary>
    /// Times long work (milliseconds and more), once per round and subject, in turns; the first rounds are not counted.
    /// Allocations are those of all threads. Everything is collected before each turn, so that nobody pays for another.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, Timing>> InTurnAsync(
        int warmUps, int rounds, params (string Name, Func<Task> Work)[] subjects)
    {
        var samples = subjects.ToDictionary(static subject => subject.Name, static _ => (Nanoseconds: new List<double>(), Bytes: new List<double>()), StringComparer.Ordinal);
        for (var round = 0; round < warmUps + rounds; round++)
        {
            foreach (var (name, work) in subjects)
            {
                CollectAll();
                var bytes = GC.GetTotalAllocatedBytes(precise: true);
                var started = Stopwatch.GetTimestamp();
                await work();
                var took = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
                bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
                if (round >= warmUps)
                {
                    samples[name].Nanoseconds.Add(took);
                    samples[name].Bytes.Add(bytes);
                }
            }
        }

        return samples.ToDictionary(
            static sample => sample.Key, static sample => Timing.Of(sample.Value.Nanoseconds, Median(sample.Value.Bytes)), StringComparer.Ordinal);
    }

    /// <summary>What one operation allocates on this thread, in bytes; exact. The loop has run before.</summary>
    public static double AllocatedBytes(Action<int> loop, int operations)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        loop(operations);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)operations;
    }

    /// <summary>The managed bytes that live after everything unreachable was collected.</summary>
    public static long LiveBytes()
    {
        CollectAll();
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    /// <summary>Collects everything, with finalizers, compacting.</summary>
    public static void CollectAll()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    public static double Median(IEnumerable<double> values) => Percentile(values, 0.5);

    /// <param name="values">The samples.</param>
    /// <param name="part">0.99 for the 99th percentile.</param>
    public static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];
    }

    /// <summary>Runs the loop until it is compiled for good, and tells how many operations fill a round.</summary>
    private static int Calibrate(Action<int> loop)
    {
        var operations = 1;
        var warm = Stopwatch.StartNew();
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            loop(operations);
            var took = Stopwatch.GetElapsedTime(started);
            if (took < RoundLength / 2)
            {
                operations = (int)Math.Min(int.MaxValue / 4, operations * Math.Clamp(RoundLength / Max(took, TimeSpan.FromTicks(1)), 1.2, 10));
            }
            else if (warm.Elapsed > WarmUp)
            {
                return Math.Max(1, (int)(operations * Math.Min(1, RoundLength / took)));
            }
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
