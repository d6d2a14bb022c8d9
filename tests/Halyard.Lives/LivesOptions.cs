using System.Globalization;

namespace Halyard.Lives;

/// <summary>What the command line asks for.</summary>
/// <param name="First">The number of the first life.</param>
/// <param name="Count">How many lives.</param>
/// <param name="AtOnce">How many run beside each other.</param>
/// <param name="Batch">After how many lives the process is measured.</param>
/// <param name="MostFailures">After how many failures no further batch is begun.</param>
/// <param name="IsTold">Whether each life's plan and steps are told.</param>
internal sealed record LivesOptions(ulong First, int Count, int AtOnce, int Batch, int MostFailures, bool IsTold)
{
    public const string Usage = "usage: eng/lives [--lives N] [--from N] [--at-once N] [--batch N] [--failures N] | --life N [--times N]";

    public static LivesOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LivesOptions(1, 20_000, 24, 500, 10, false);
        for (var i = 0; i < args.Count; i++)
        {
            string Value() => ++i < args.Count ? args[i] : throw new FormatException($"{args[i - 1]} needs a value");
            options = args[i] switch
            {
                "--lives" or "--times" => options with { Count = Number(Value()) },
                "--from" => options with { First = ulong.Parse(Value(), CultureInfo.InvariantCulture) },
                "--at-once" => options with { AtOnce = Number(Value()) },
                "--batch" => options with { Batch = Number(Value()) },
                "--failures" => options with { MostFailures = Number(Value()) },
                "--life" => options with { First = ulong.Parse(Value(), CultureInfo.InvariantCulture), Count = 1, AtOnce = 1, IsTold = true },
                var other => throw new FormatException($"unknown option '{other}'"),
            };
        }

        return options;
    }

    private static int Number(string text) =>
        int.Parse(text, CultureInfo.InvariantCulture) is > 0 and var number ? number : throw new FormatException("a count is at least 1");
}
