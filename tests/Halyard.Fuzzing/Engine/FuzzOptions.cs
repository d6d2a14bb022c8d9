using System.Globalization;

namespace Halyard.Fuzzing;

/// <summary>How long a run is, and which inputs are made.</summary>
/// <param name="Inputs">How many inputs each target gets at most.</param>
/// <param name="Time">How long all targets may take together.</param>
/// <param name="Seed">What the inputs follow from.</param>
/// <param name="From">The number of the first input.</param>
/// <param name="Artifacts">Where inputs go that show a fault.</param>
internal sealed record FuzzOptions(long Inputs, TimeSpan Time, ulong Seed, long From, string Artifacts)
{
    private const long UsualInputs = 100_000;

    /// <summary>Reads the arguments behind the target; false when they make no sense.</summary>
    public static bool TryParse(IReadOnlyList<string> arguments, out FuzzOptions options)
    {
        options = new(0, TimeSpan.FromDays(1), 1, 0, Path.Combine("artifacts", "fuzz"));
        var isTimed = false;
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var isNumber = long.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (arguments[i])
            {
                case "--inputs" when isNumber:
                    options = options with { Inputs = number };
                    break;
                case "--minutes" when isNumber:
                    isTimed = true;
                    options = options with { Time = TimeSpan.FromMinutes(number) };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = (ulong)number };
                    break;
                case "--from" when isNumber:
                    options = options with { From = number };
                    break;
                case "--artifacts":
                    options = options with { Artifacts = arguments[i + 1] };
                    break;
                default:
                    return false;
            }
        }

        if (options.Inputs == 0)
        {
            options = options with { Inputs = isTimed ? long.MaxValue : UsualInputs };
        }

        return arguments.Count % 2 == 0;
    }
}
