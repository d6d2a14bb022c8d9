namespace Halyard.Simulation.Engine;

/// <summary>Numbers that follow from a seed alone, on every machine and in every version of the platform (SplitMix64).</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>From zero to less than the limit.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>From zero to less than one.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Share() < probability;

    public TimeSpan Between(TimeSpan shortest, TimeSpan longest) => shortest + ((longest - shortest) * Share());

    public TimeSpan Seconds(double shortest, double longest) => Between(TimeSpan.FromSeconds(shortest), TimeSpan.FromSeconds(longest));

    public TimeSpan Milliseconds(double shortest, double longest) => Seconds(shortest / 1000, longest / 1000);

    public T Pick<T>(params ReadOnlySpan<T> among) => among[Below(among.Length)];

    /// <summary>A source of its own for one part: what that part asks for changes nothing for the others.</summary>
    public static SimRandom Of(ulong seed, ulong part) => new(new SimRandom(seed ^ (part * 0xD6E8_FEB8_6659_FD93)).Next());
}
