namespace Halyard.Http;

/// <summary>One attempt to open a stream, for diagnostics.</summary>
/// <param name="Timestamp">When it began, in Unix milliseconds.</param>
/// <param name="DurationMillis">How long it took until the first event arrived, or until it failed.</param>
/// <param name="Failed">Whether it ended before the first event.</param>
internal readonly record struct StreamInit(long Timestamp, long DurationMillis, bool Failed);
