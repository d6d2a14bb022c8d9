namespace Halyard.DataComponents;

/// <summary>
/// The times of a <see cref="PersistentStoreWriter"/>, read once from options that somebody may go on changing, and each
/// brought to what a timer can take: no value may end the writing.
/// </summary>
internal readonly record struct WriteThroughSettings(TimeSpan MarkerCheckInterval, TimeSpan FlushTimeout, TimeSpan WriteTimeout, TimeSpan RefillDelay)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    public static WriteThroughSettings Of(WriteThroughOptions options)
    {
        var usual = new WriteThroughOptions(options.Store);
        return new(
            options.MarkerCheckInterval == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : Timed(options.MarkerCheckInterval, usual.MarkerCheckInterval),
            options.FlushTimeout == TimeSpan.Zero ? TimeSpan.Zero : Timed(options.FlushTimeout, usual.FlushTimeout),
            Timed(options.WriteTimeout, usual.WriteTimeout),
            options.Mode == StoreMode.SystemOfRecord ? WriteThroughOptions.RefillDelay : TimeSpan.Zero);
    }

    private static TimeSpan Timed(TimeSpan value, TimeSpan usual) => value <= TimeSpan.Zero ? usual : value > Longest ? Longest : value;
}
