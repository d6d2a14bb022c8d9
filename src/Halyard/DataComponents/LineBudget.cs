namespace Halyard.DataComponents;

/// <summary>
/// Limits how many lines of one sort go to the log: a payload may hold a hundred thousand faults. For one thread at a time.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class LineBudget(TimeProvider time)
{
    /// <summary>How many lines are written within a minute.</summary>
    public const int LinesAMinute = 100;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private long _began = long.MinValue;
    private int _taken;

    /// <summary>What is to be written.</summary>
    public enum Answer : byte
    {
        /// <summary>A line.</summary>
        Line,

        /// <summary>A line that says that no more follow for a while.</summary>
        LastLine,

        /// <summary>Nothing.</summary>
        Nothing,
    }

    /// <summary>Asks for a line.</summary>
    public Answer Take()
    {
        if (_began == long.MinValue || time.GetElapsedTime(_began) >= Window)
        {
            (_began, _taken) = (time.GetTimestamp(), 0);
        }

        _taken = Math.Min(_taken + 1, LinesAMinute + 2);
        return _taken <= LinesAMinute ? Answer.Line : _taken == LinesAMinute + 1 ? Answer.LastLine : Answer.Nothing;
    }
}
