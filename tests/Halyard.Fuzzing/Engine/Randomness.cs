namespace Halyard.Fuzzing;

/// <summary>Numbers that are the same on every machine for the same seed (SplitMix64).</summary>
internal sealed class Randomness
{
    private ulong _state;

    /// <summary>Begins the numbers of one input.</summary>
    public void Begin(ulong seed, long index)
    {
        _state = seed;
        _state = Next() ^ (ulong)index;
        Next();
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from zero up to, and without, the limit, which is more than zero.</summary>
    public int Below(int limit) => (int)((Next() >> 33) * (ulong)limit >> 31);

    /// <summary>Whether one time in so many.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>One of several.</summary>
    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>A length that is short far more often than long, from 1 to the most.</summary>
    public int Length(int most) => 1 + Below(Math.Min(most, 1 << (1 + Below(12))));
}
