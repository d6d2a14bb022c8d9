namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Takes one complete event of a stream: its name and the data that no <see cref="IPartialReader"/> took before. The spans
/// are good for the call alone.
/// </summary>
internal delegate void ServerEventHandler(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);
