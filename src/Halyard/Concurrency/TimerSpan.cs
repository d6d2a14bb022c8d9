namespace Halyard.Concurrency;

/// <summary>
/// Times as timers know them. What is left of a millisecond is nothing to a timer: a loop that waits for it goes round
/// without a wait until it is over.
/// </summary>
internal static class TimerSpan
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>A part of a millisecond becomes a whole one; no time, and the infinite one, stay what they are.</summary>
    public static TimeSpan RoundedUp(TimeSpan left) => left > TimeSpan.Zero && left < Shortest ? Shortest : left;
}
