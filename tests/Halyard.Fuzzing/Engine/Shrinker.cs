using System.Diagnostics;

namespace Halyard.Fuzzing;

/// <summary>Makes an input shorter that shows a fault, for as long as it shows the same kind.</summary>
internal static class Shrinker
{
    private const int MostRuns = 5_000;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    /// <summary>The shortest input that was found.</summary>
    public static byte[] Shrink(FuzzTarget target, byte[] input, string kind)
    {
        var began = Stopwatch.GetTimestamp();
        var runs = 0;
        for (var before = input.Length + 1; input.Length < before;)
        {
            before = input.Length;
            for (var size = Math.Max(1, input.Length / 2); size > 0; size /= 2)
            {
                for (var at = 0; at < input.Length;)
                {
                    if (++runs > MostRuns || Stopwatch.GetElapsedTime(began) > MostTime)
                    {
                        return input;
                    }

                    byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(at + size, input.Length))];
                    if (FuzzCheck.Run(target, shorter)?.Kind == kind)
                    {
                        input = shorter;
                    }
                    else
                    {
                        at += size;
                    }
                }
            }
        }

        return input;
    }
}
