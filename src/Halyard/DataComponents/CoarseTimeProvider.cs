namespace Halyard.DataComponents;

/// <summary>
/// The system's time with timestamps in milliseconds. Every warm read takes a timestamp, and one of this clock costs a
/// sixth of one of the fine clock. That is precise enough for items that stay fresh for seconds or minutes.
/// </summary>
internal sealed class CoarseTimeProvider : TimeProvider
{
    /// <summary>The shortest TTL for which milliseconds are precise enough.</summary>
    public static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(1);

    private CoarseTimeProvider()
    {
    }

    public static CoarseTimeProvider Instance { get; } = new();

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => Environment.TickCount64;
}
