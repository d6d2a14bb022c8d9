namespace Halyard;

/// <summary>A data source's error.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="StatusCode">The HTTP status, for <see cref="DataSourceErrorKind.ErrorResponse"/>; otherwise null.</param>
/// <param name="Message">What happened, for people.</param>
/// <param name="Time">When.</param>
public sealed record DataSourceError(DataSourceErrorKind Kind, int? StatusCode, string Message, DateTimeOffset Time)
{
    /// <summary>What happened, for people, after its kind and its status where there are any.</summary>
    public override string ToString() =>
        StatusCode is { } status ? $"{Kind} {status}: {Message}"
        : Kind == DataSourceErrorKind.Unknown ? Message
        : $"{Kind}: {Message}";
}
