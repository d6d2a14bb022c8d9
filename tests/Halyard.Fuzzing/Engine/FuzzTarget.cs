namespace Halyard.Fuzzing;

/// <summary>A reader of foreign bytes, with what it promises.</summary>
/// <param name="Name">What people call it by; also the folder of its seeds.</param>
/// <param name="Reads">What it reads, for people.</param>
/// <param name="Body">Reads an input and checks it.</param>
internal sealed record FuzzTarget(string Name, string Reads, FuzzBody Body)
{
    /// <summary>What the body may allocate for an input of no length, in bytes.</summary>
    public long FixedBytes { get; init; } = 512 * 1024;

    /// <summary>What the body may allocate for each byte of its input, in bytes. What it does to check counts as well.</summary>
    public long BytesForEach { get; init; } = 256;

    /// <summary>What the format is made of: mutations put it in.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether inputs are JSON, whose values are replaced as a whole, so that much of what is made is JSON again.</summary>
    public bool IsJson { get; init; }

    /// <summary>The longest input that is made, in bytes.</summary>
    public int MostLength { get; init; } = 8 * 1024;
}
