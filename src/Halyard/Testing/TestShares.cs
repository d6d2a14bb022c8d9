using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard.Testing;

/// <summary>Percentages as the wire counts them.</summary>
internal static class TestShares
{
    public static int Weight(double percentage) => (int)Math.Round(percentage * 1000, MidpointRounding.AwayFromZero);

    public static int Checked(int variation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(variation);
        return variation;
    }

    public static Rollout Rollout(ReadOnlySpan<double> percentages)
    {
        var shares = ImmutableArray.CreateBuilder<WeightedVariation>(percentages.Length);
        var sum = 0;
        for (var i = 0; i < percentages.Length; i++)
        {
            if (percentages[i] is not (>= 0 and <= 100))
            {
                throw new ArgumentOutOfRangeException(nameof(percentages), percentages[i], "A share is a percentage from 0 to 100.");
            }

            sum += Weight(percentages[i]);
            shares.Add(new(i, Weight(percentages[i])));
        }

        return sum == 100_000
            ? new() { ContextKind = Context.DefaultKind, Variations = shares.DrainToImmutable() }
            : throw new ArgumentException("The shares of a rollout must add up to 100 percent.", nameof(percentages));
    }
}
