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

    /// <summary>Adds the time since a timestamp of <see cref="Stopwatch"/>.</summary>
    public void AddSince(long start) => _spent += Stopwatch.GetTimestamp() - start;
}
