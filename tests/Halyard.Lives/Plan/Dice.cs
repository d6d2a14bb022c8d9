using Halyard.Simulation.Engine;

namespace Halyard.Lives.Plan;

/// <summary>Numbers that follow from a life's number, for many threads: which of them gets which is theirs. Thread-safe.</summary>
internal sealed class Dice(ulong life, ulong part)
{
    private readonly Lock _gate = new();
    private readonly SimRandom _random = SimRandom.Of(life, part);

    /// <summary>From zero to less than the limit.</summary>
    public int Below(int limit)
    {
        lock (_gate)
        {
            return _random.Below(limit);
        }
    }

    public bool Chance(double probability)
    {
        lock (_gate)
        {
            return _random.Chance(probability);
        }
    }

    public T Pick<T>(params ReadOnlySpan<T> among) => among[Below(among.Length)];

    /// <summary>A value of an enumeration, the first one with the probability given, each of the others as often as the next.</summary>
    public T Mostly<T>(double first)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return Chance(first) ? values[0] : values[Below(values.Length)];
    }
}
