using Halyard.Simulation.Engine;

namespace Halyard.Interleaving.Engine;

/// <summary>Chooses by a seed, without a bound on how often a turn is taken away.</summary>
internal sealed class RandomWalk(ulong seed) : IChooser
{
    private readonly SimRandom _random = new(seed);

    public int Choose(int count, bool isPreemption) => isPreemption && !_random.Chance(0.3) ? 0 : _random.Below(count);
}
