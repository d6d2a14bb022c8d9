using System.Text.RegularExpressions;
using Halyard.Tests.House;
using Halyard.Tests.Support;

namespace Halyard.Tests.Faults;

/// <summary>Throws into a loop at each of its steps, one run for each fault.</summary>
internal static partial class FaultSweep
{
    private const int MostPasses = 3;
    private const int MostOwnPasses = 4;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Fails each step of a loop, and each call of the clock that its work makes.</summary>
    /// <param name="make">Makes the loop with a clock.</param>
    /// <param name="loop">What the names of its steps begin with.</param>
    /// <param name="except">A step that only another test comes by; null for none.</param>
    public static async Task RunAsync(Func<FaultyClock, FaultScenario> make, string loop, string? except = null)
    {
        var passes = await RunAsync(make, (Fault?)null);
        Assert.Equal(StepsOf(loop).Where(step => step != except), passes.Keys.Where(step => step.StartsWith(loop, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var number = 0;
        foreach (var (step, count) in passes)
        {
            var isOwn = step.StartsWith(FaultyClock.Own, StringComparison.Ordinal);
            if (!isOwn && !step.StartsWith(loop, StringComparison.Ordinal))
            {
                continue;
            }

            for (var pass = 1; pass <= Math.Min(count, isOwn ? MostOwnPasses : MostPasses); pass++)
            {
                // Every kind at the first pass of a step; one after the other beyond.
                for (var kind = 0; kind < (isOwn || pass > 1 ? 1 : Fault.Kinds.Length); kind++)
                {
                    var fault = new Fault(step, pass, kind + (isOwn || pass > 1 ? number++ : 0));
                    try
                    {
                        await RunAsync(make, fault);
                    }
                    catch (Exception e)
                    {
                        throw new InvalidOperationException($"After {fault}: {e.Message}", e);
                    }
                }
            }
        }
    }

    private static async Task<IReadOnlyDictionary<string, int>> RunAsync(Func<FaultyClock, FaultScenario> make, Fault? fault)
    {
        var clock = new FaultyClock(fault);
        var scenario = make(clock);
        try
        {
            await scenario.StartAsync();
            clock.CountsOwn = true;
            await scenario.ActAsync();
            scenario.Change(100);
            await Conditions.UntilAsync(() => scenario.HasArrived(100), Bound);
        }
        finally
        {
            await scenario.DisposeAsync().AsTask().WaitAsync(Bound, TestContext.Current.CancellationToken);
        }

        if (fault is not null && !fault.Step.StartsWith(FaultyClock.Own, StringComparison.Ordinal) && fault.Pass == 1)
        {
            Assert.True(clock.HasThrown);
            Assert.True(scenario.IsTold, "The fault was told nowhere.");
        }

        return clock.Passes;
    }

    private static IEnumerable<string> StepsOf(string loop) => Repository.CSharpFiles("src")
        .SelectMany(file => Step().Matches(File.ReadAllText(file)))
        .Select(match => match.Groups[1].Value)
        .Where(step => step.StartsWith(loop, StringComparison.Ordinal))
        .Distinct()
        .Order(StringComparer.Ordinal);

    [GeneratedRegex("Pass\\((?:_timeProvider, )?\"([^\"]+)\"")]
    private static partial Regex Step();
}
