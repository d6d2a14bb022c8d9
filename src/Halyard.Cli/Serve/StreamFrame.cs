namespace Halyard.Cli;

/// <summary>Something to send to whoever is connected: encoded once, for all.</summary>
/// <param name="Revision">The revision it leads to; a stream that began with it or a later one passes it over.</param>
/// <param name="Bytes">The text.</param>
/// <param name="Ends">Whether the stream ends with it.</param>
internal readonly record struct StreamFrame(long Revision, byte[] Bytes, bool Ends = false);
