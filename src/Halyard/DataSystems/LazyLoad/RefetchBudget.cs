namespace Halyard.DataSystems;

/// <summary>
/// Bounds what is read because of changes heard of: one refetch of any size goes at once, and the next waits until the
/// bytes of those before are paid for. So one change is seen soon, and a stream of changes costs the budget, however
/// large the items are. Used by one loop alone.
/// </summary>
/// <param name="bytesPerSecond">The budget.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RefetchBudget(long bytesPerSecond, TimeProvider timeProvider)
{
    // When what was read so far is paid for, in the clock's units.
    private long _paidAt = timeProvider.GetTimestamp();

    /// <summary>Waits until what was spent is paid for.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var left = timeProvider.GetElapsedTime(timeProvider.GetTimestamp(), _paidAt);
        return left > TimeSpan.Zero ? Task.Delay(left, timeProvider, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Notes bytes that were read.</summary>
    public void Spend(long bytes)
    {
        var now = timeProvider.GetTimestamp();
        _paidAt = Math.Max(_paidAt, now) + (long)((double)bytes / bytesPerSecond * timeProvider.TimestampFrequency);
    }
}
