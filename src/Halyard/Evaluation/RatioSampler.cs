namespace Halyard.Evaluation;

/// <summary>Decides by chance whether to take one in a given number.</summary>
internal sealed class RatioSampler(Func<double>? random = null)
{
    private readonly Func<double> _random = random ?? SharedRandom;

    /// <param name="ratio">One in how many: null and 1 take every one; 0, or less, none.</param>
    public bool Takes(long? ratio) => ratio switch
    {
        null or 1 => true,
        <= 0 => false,
        _ => _random() * ratio.Value < 1,
    };

#pragma warning disable CA5394 // Chooses samples; nothing secret depends on it.
    private static double SharedRandom() => Random.Shared.NextDouble();
#pragma warning restore CA5394
}
