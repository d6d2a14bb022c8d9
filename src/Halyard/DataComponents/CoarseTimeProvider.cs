namespace Halyard.DataComponents;

/// <summary>
/// The system's time with timestamps in milliseconds. Every warm read asks for one, and a coarse one costs a sixth of
/// a fine one; what is kept for seconds and minutes needs no finer.
/// </summary>
internal sealed class CoarseTimeProvider : TimeProvider
{
    /// <summary>The shortest TTL for which milliseconds are fine enough.</summary>
    public static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(1);

    private CoarseTimeProvider()
    {
    }

    public static CoarseTimeProvider Instance { get; } = new();

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => Environment.TickCount64;
}
