namespace Halyard;

/// <summary>The state of the connection to the source of flag data.</summary>
public enum DataSourceState : byte
{
    /// <summary>No data has arrived yet; stays so through failures until the first success.</summary>
    Initializing,

    /// <summary>Data is arriving.</summary>
    Valid,

    /// <summary>Data arrived before and the source is failing now; the last known data is served.</summary>
    Interrupted,

    /// <summary>The source has ended for good: disposed, or refused for a reason that retrying cannot mend.</summary>
    Off,
}

/// <summary>The kind of a data source's last error.</summary>
public enum DataSourceErrorKind : byte
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>The connection failed or was lost.</summary>
    NetworkError,

    /// <summary>The service answered with an error status.</summary>
    ErrorResponse,

    /// <summary>Data was malformed.</summary>
    InvalidData,

    /// <summary>Data could not be stored.</summary>
    StoreError,
}

/// <summary>A data source's error.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="StatusCode">The HTTP status, for <see cref="DataSourceErrorKind.ErrorResponse"/>; otherwise null.</param>
/// <param name="Message">What happened, for people.</param>
/// <param name="Time">When.</param>
public sealed record DataSourceError(DataSourceErrorKind Kind, int? StatusCode, string Message, DateTimeOffset Time);

/// <summary>The state of the data source at one moment. Immutable.</summary>
/// <param name="State">The state.</param>
/// <param name="StateSince">When the state was entered; another error in the same state does not move it.</param>
/// <param name="LastError">The last error ever, also when the state has recovered since; null when there was none.</param>
/// <param name="DataUpdatedAt">When the source last delivered or confirmed data; null before the first time. Its age is the data's age.</param>
public sealed record DataSourceStatus(
    DataSourceState State, DateTimeOffset StateSince, DataSourceError? LastError, DateTimeOffset? DataUpdatedAt)
{
    /// <summary>Which of several sources is in use; null for a data system that has one source only.</summary>
    public ActiveSource? Active { get; init; }
}

/// <summary>Which source of several is in use, and how it came to that.</summary>
/// <param name="Name">The source's name, such as <c>fdv2-streaming</c>; null while none is in use.</param>
/// <param name="Since">Since when.</param>
/// <param name="PreviousName">The source before; null for the first.</param>
/// <param name="LeftBecause">Why the source before was left, for people; null for the first.</param>
public sealed record ActiveSource(string? Name, DateTimeOffset Since, string? PreviousName, string? LeftBecause);
