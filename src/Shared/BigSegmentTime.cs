namespace Halyard;

/// <summary>The times that stores of big segments keep, as Unix milliseconds.</summary>
internal static class BigSegmentTime
{
    /// <summary>False when the number is no time: beyond the years 1 to 9999.</summary>
    public static bool TryOf(long milliseconds, out DateTimeOffset time)
    {
        var isTime = milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isTime;
    }
}
