using System.Diagnostics;

namespace Halyard.Fuzzing;

/// <summary>Feeds a target with inputs.</summary>
/// <param name="target">The target.</param>
/// <param name="seeds">What inputs are made of.</param>
/// <param name="seed">What all inputs follow from.</param>
/// <param name="artifacts">Where inputs go that show a fault.</param>
/// <param name="output">Where faults are told.</param>
internal sealed class FuzzRun(FuzzTarget target, IReadOnlyList<byte[]> seeds, ulong seed, string artifacts, TextWriter output)
{
    // A target with so many kinds of faults needs mending, and not more inputs.
    private const int MostKinds = 8;

    /// <summary>Runs until the inputs or the time are used up.</summary>
    /// <param name="from">The number of the first input.</param>
    /// <param name="inputs">How many inputs there are to be.</param>
    /// <param name="most">How long it may take.</param>
    public FuzzResult Run(long from, long inputs, TimeSpan most)
    {
        var kinds = new List<string>();
        var began = Stopwatch.GetTimestamp();
        var mutator = new Mutator(target, seeds);
        using var watch = new FuzzWatch(artifacts);
        var done = 0L;
        for (; done < inputs && kinds.Count < MostKinds && Stopwatch.GetElapsedTime(began) < most; done++)
        {
            var input = mutator.Make(seed, from + done);
            watch.Begin(target, input);
            if (FuzzCheck.Run(target, input) is { } finding && !kinds.Contains(finding.Kind))
            {
                kinds.Add(finding.Kind);
                Tell(finding, input.ToArray(), from + done);
            }

            watch.End();
        }

        return new(target.Name, done, Stopwatch.GetElapsedTime(began), kinds);
    }

    private void Tell(FuzzFinding finding, byte[] input, long index)
    {
        var shrunk = Shrinker.Shrink(target, input, finding.Kind);
        var told = FuzzCheck.Run(target, shrunk) ?? finding;
        output.WriteLine();
        output.WriteLine($"{target.Name}: {finding.Kind}");
        output.WriteLine($"  input  --seed {seed} --from {index} ({input.Length} bytes, shrunk to {shrunk.Length})");
        output.WriteLine($"  saved  {FuzzArtifact.Save(artifacts, target.Name, shrunk)}");
        output.WriteLine($"  hex    {FuzzArtifact.Hex(shrunk)}");
        output.WriteLine($"  text   {FuzzArtifact.Escaped(shrunk)}");
        output.WriteLine($"  fault  {told.Message}");
        output.Flush();
    }
}
