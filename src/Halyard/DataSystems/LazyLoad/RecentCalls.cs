namespace Halyard.DataSystems;

/// <summary>
/// How the last calls to a store went, and whether that makes the store count as down. Few failures among many calls do
/// not: a store that loses one call in a hundred answers the other ninety-nine. It counts as down when half of the calls
/// of the last ten seconds failed, if those were at least twenty, or when three in a row failed, of which the first was a
/// second ago. Where fewer calls are made, three in a row are enough. Not thread-safe: every use is within the lock of its
/// <see cref="StoreHealth"/>.
/// </summary>
internal sealed class RecentCalls
{
    // The window, in slots of a second. A slot is emptied when its second comes round again.
    private const int Slots = 10;
    private const int FewCalls = 20;
    private const int Row = 3;

    private readonly long _second;
    private readonly int[] _calls = new int[Slots];
    private readonly int[] _failures = new int[Slots];
    private long _newest = long.MinValue;

    // The failures since the last success, and when the first of them was.
    private int _row;
    private long _rowBegan;

    // Whether the store counts as down because of those alone.
    private bool _isRow;

    /// <param name="timeProvider">The clock whose timestamps are given.</param>
    public RecentCalls(TimeProvider timeProvider) => _second = timeProvider.TimestampFrequency;

    /// <summary>Notes a call that was answered.</summary>
    public void Succeeded(long now)
    {
        _calls[SlotOf(now)]++;
        _row = 0;
    }

    /// <summary>Notes a call that failed.</summary>
    /// <returns>Whether the store counts as down by now.</returns>
    public bool Failed(long now)
    {
        var slot = SlotOf(now);
        _calls[slot]++;
        _failures[slot]++;
        if (_row++ == 0)
        {
            _rowBegan = now;
        }

        var calls = 0;
        var failures = 0;
        for (var i = 0; i < Slots; i++)
        {
            calls += _calls[i];
            failures += _failures[i];
        }

        var isHalf = calls >= FewCalls && failures * 2L >= calls;
        _isRow = !isHalf && _row >= Row && (calls < FewCalls || now - _rowBegan >= _second);
        return isHalf || _isRow;
    }

    /// <summary>
    /// Whether an answer to a call makes the store count as up again: the call was made when the failures had begun, so that they were not all
    /// that the store had to say, and the store does not count as down because it loses half of its calls, of which the other half is answered.
    /// </summary>
    /// <param name="asked">When the call was made.</param>
    public bool AreOverWith(long asked) => _isRow && asked >= _rowBegan;

    /// <summary>Forgets all calls: what was before an outage says nothing about the store after it.</summary>
    public void Clear()
    {
        Array.Clear(_calls);
        Array.Clear(_failures);
        _row = 0;
    }

    private int SlotOf(long now)
    {
        var second = now / _second;

        // After a long silence every slot is old; a clock that goes back counts into the newest slot.
        for (var passed = Math.Max(_newest + 1, second - Slots + 1); passed <= second; passed++)
        {
            _calls[Slot(passed)] = 0;
            _failures[Slot(passed)] = 0;
        }

        _newest = Math.Max(_newest, second);
        return Slot(_newest);
    }

    // A clock may count from before its zero.
    private static int Slot(long second) => (int)(((second % Slots) + Slots) % Slots);
}
