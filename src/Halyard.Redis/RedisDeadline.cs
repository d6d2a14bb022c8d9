namespace Halyard;

/// <summary>The time that an operation may take in all, whatever it waits for; counted from when this is made.</summary>
internal readonly struct RedisDeadline(TimeProvider time, TimeSpan limit)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>The whole time.</summary>
    public TimeSpan Limit => limit;

    /// <summary>What is left of it; zero when nothing is.</summary>
    public TimeSpan Left => limit - time.GetElapsedTime(_began) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
