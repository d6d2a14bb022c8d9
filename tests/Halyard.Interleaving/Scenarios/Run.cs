using Halyard.Interleaving.Engine;

namespace Halyard.Interleaving.Scenarios;

/// <summary>One run of a scenario.</summary>
/// <param name="Threads">What its threads do.</param>
/// <param name="Check">Looks at what they have left; throws when it is wrong.</param>
internal sealed record Run(IReadOnlyList<(string Name, Action Work)> Threads, Action Check)
{
    /// <summary>The machine's time that it may take.</summary>
    public TimeSpan Limit { get; init; } = Schedule.Longest;

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InterleavingException(otherwise);
        }
    }
}
