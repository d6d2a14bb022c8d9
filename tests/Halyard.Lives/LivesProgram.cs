using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Halyard.Lives.Foreign;
using Halyard.Lives.Measures;
using Halyard.Lives.Plan;

namespace Halyard.Lives;

/// <summary>The program of eng/lives: lives of clients under faults, and what is left of them.</summary>
internal static partial class LivesProgram
{
    private const int Good = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(20);

    private static readonly ConcurrentDictionary<Life, byte> Running = new();
    private static readonly ConcurrentQueue<string> Unobserved = new();

    public static async Task<int> Main(string[] args)
    {
        LivesOptions options;
        try
        {
            options = LivesOptions.Parse(args);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            Console.Error.WriteLine(LivesOptions.Usage);
            return WrongUsage;
        }

        TaskScheduler.UnobservedTaskException += static (_, e) =>
        {
            Unobserved.Enqueue(e.Exception.ToString());
            e.SetObserved();
        };
        AppDomain.CurrentDomain.UnhandledException += static (_, _) =>
            Console.WriteLine($"The process ends during the lives {string.Join(", ", Running.Keys.Select(static life => $"{life.Plan.Number} ({life.At})"))}");
        var folder = Directory.CreateTempSubdirectory("halyard-lives-").FullName;
        try
        {
            using var loopback = new LoopbackService();
            await using var watch = new Timer(static _ => TellSlow(), null, SlowAfter, SlowAfter);
            return await RunAsync(options, loopback, folder) ? Good : Failed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> RunAsync(LivesOptions options, LoopbackService loopback, string folder)
    {
        var watch = Stopwatch.StartNew();
        var failures = 0;
        var toldOf = new HashSet<string>();
        ProcessMeasure? first = null;
        var done = 0;
        while (done < options.Count && failures < options.MostFailures)
        {
            var count = Math.Min(options.Batch, options.Count - done);
            var lives = await LiveAsync(options, options.First + (ulong)done, count, loopback, folder);
            done += count;
            failures += lives.Count(static life => life.Failure is not null);
            var measure = await Settling.AfterAsync(lives, first);
            while (Unobserved.TryDequeue(out var exception))
            {
                failures++;
                if (toldOf.Add(Digits().Replace(exception.Split('\n')[0], "N")))
                {
                    Console.WriteLine($"NOT OBSERVED {exception}");
                }
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} lives, {watch.Elapsed.TotalSeconds:F0} s: {measure}"));
            first ??= measure;
            if (!measure.IsLike(first.Value))
            {
                failures++;
                Console.WriteLine($"NOT FLAT: {ProcessMeasure.Details()} {string.Join(' ', lives.Where(static life => life.Client is { IsAlive: true }).Select(static life => $"{life.Plan.Number}({life.Plan.Kind})").Take(20))}");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} lives from {options.First} in {watch.Elapsed.TotalSeconds:F1} s: {failures} failed"));
        return failures == 0;
    }

    private static async Task<List<LifeResult>> LiveAsync(LivesOptions options, ulong from, int count, LoopbackService loopback, string folder)
    {
        var results = new ConcurrentBag<LifeResult>();
        var numbers = Enumerable.Range(0, count).Select(i => options.IsTold ? options.First : from + (ulong)i);
        await Parallel.ForEachAsync(numbers, new ParallelOptions { MaxDegreeOfParallelism = options.AtOnce }, async (number, _) =>
        {
            var plan = LifePlan.Of(number);
            if (options.IsTold)
            {
                Console.WriteLine(plan);
            }

            var life = new Life(plan, loopback, folder, options.IsTold);
            Running.TryAdd(life, 0);
            var result = await life.RunAsync();
            results.Add(result);
            Tell(result);
            Running.TryRemove(life, out var _);
        });
        return [.. results];
    }

    // What differs between the same exceptions of two lives.
    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    private static void TellSlow()
    {
        foreach (var life in Running.Keys.Where(static life => life.Age > SlowAfter))
        {
            Console.WriteLine($"life {life.Plan.Number} has been {life.Age.TotalSeconds:F0} s at {life.At}");
        }
    }

    private static void Tell(LifeResult life)
    {
        if (life.Failure is not null)
        {
            Console.WriteLine($"life {life.Plan.Number} FAILED {life.Failure}\n  {life.Plan}\n  again: eng/lives --life {life.Plan.Number} --times 100");
        }
    }
}
