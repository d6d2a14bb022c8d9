namespace Halyard.Http;

/// <summary>How much must arrive of what is under way.</summary>
/// <param name="Bytes">The least number of bytes over the window; 0 asks for none.</param>
/// <param name="Window">The time over which they are counted.</param>
internal readonly record struct MinimumRate(long Bytes, TimeSpan Window)
{
    public bool IsNone => Bytes == 0;

    /// <summary>The rate that the options ask for.</summary>
    public static MinimumRate Of(HttpOptions http) =>
        new((long)Math.Ceiling(http.MinimumBytesPerSecond * http.MinimumRateWindow.TotalSeconds), http.MinimumRateWindow);
}
