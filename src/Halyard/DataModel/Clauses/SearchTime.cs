using System.Diagnostics;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// What the searches of one evaluation have taken that could run away: together they get a millisecond, however many clauses,
/// values and elements of an array there are.
/// </summary>
internal struct SearchTime
{
    /// <summary>What the searches of one evaluation may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1);

    private static readonly long LimitTicks = Stopwatch.Frequency / 1000;

    private long _spent;

    /// <summary>Whether nothing more may be searched for.</summary>
    public readonly bool IsUp => _spent >= LimitTicks;

    /// <summary>
    /// Adds the time of a search that was answered, since a timestamp of <see cref="Stopwatch"/>. One counts for a quarter of the
    /// limit at most, because a longer one was rather held up by other threads.
    /// </summary>
    public void AddAnswered(long start) => _spent += Math.Min(Stopwatch.GetTimestamp() - start, LimitTicks / 4);

    /// <summary>Uses all of it up.</summary>
    public void Use() => _spent = LimitTicks;
}
