namespace Halyard;

/// <summary>The state of the data source at one moment. Immutable.</summary>
/// <param name="State">The state.</param>
/// <param name="StateSince">When the state was entered; another error in the same state does not move it.</param>
/// <param name="LastError">The last error ever, also when the state has recovered since; null when there was none.</param>
/// <param name="DataUpdatedAt">When the source last delivered or confirmed data; null before the first time. See <see cref="AgeAt"/>.</param>
public sealed record DataSourceStatus(
    DataSourceState State, DateTimeOffset StateSince, DataSourceError? LastError, DateTimeOffset? DataUpdatedAt)
{
    /// <summary>Which of several sources is in use; null for a data system that has one source only.</summary>
    public ActiveSource? Active { get; init; }

    /// <summary>
    /// Since when a stream is open that has brought no data yet; null when none is, or it has. Opening one raises no change
    /// of the status.
    /// </summary>
    public DateTimeOffset? ConnectedWithoutDataSince { get; init; }

    /// <summary>
    /// Whether a stream is open, by which the service tells of every change: silence then means that nothing has changed. A
    /// stream that went silent for another reason counts as open until it is noticed (<see cref="StreamingOptions.ReadTimeout"/>). Opening
    /// and closing one raises no change of the status.
    /// </summary>
    public bool IsStreamOpen { get; init; }

    /// <summary>
    /// The age of the data at a moment: zero while an open stream keeps it in step, otherwise the time since the source
    /// delivered or confirmed data last; null before the first time.
    /// </summary>
    /// <param name="now">The moment.</param>
    public TimeSpan? AgeAt(DateTimeOffset now) => DataUpdatedAt is not { } updatedAt
        ? null
        : (IsStreamOpen && State == DataSourceState.Valid && ConnectedWithoutDataSince is null) || now < updatedAt ? TimeSpan.Zero : now - updatedAt;

    /// <summary>
    /// The flags and segments that were delivered and could not be understood, by kind and key; at most 1,000 of them. The last
    /// good version of each stays in force. An item leaves the list with its next good version or its deletion.
    /// </summary>
    public IReadOnlyList<QuarantinedItem> Quarantined { get; init; } = [];

    /// <summary>How many there are in all.</summary>
    public int QuarantinedCount { get; init; }
}
