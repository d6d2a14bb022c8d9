namespace Halyard.Simulation.World;

/// <summary>Takes steps and clients out of a plan for as long as it still fails in the same way.</summary>
internal static class Shrinker
{
    private const int MostRuns = 300;

    public static async Task<SeedResult> ShrinkAsync(SeedResult failed)
    {
        var (best, runs) = (failed, 0);
        for (var size = Math.Max(1, best.Plan.Steps.Count / 2); size > 0 && runs < MostRuns; size = size == 1 ? 0 : size / 2)
        {
            for (var at = 0; at < best.Plan.Steps.Count && runs < MostRuns; runs++)
            {
                var steps = best.Plan.Steps.Where((_, i) => i < at || i >= at + size).ToList();
                var result = await SeedRun.OfAsync(best.Plan with { Steps = steps });
                if (result.Failure?.Invariant == failed.Failure!.Invariant)
                {
                    best = result;
                }
                else
                {
                    at += size;
                }
            }
        }

        return best;
    }

    /// <summary>The plan of a seed with some of its steps alone.</summary>
    public static Plan Only(Plan plan, IReadOnlyCollection<int> numbers) =>
        plan with { Steps = [.. plan.Steps.Where(step => numbers.Contains(step.Number))] };
}
