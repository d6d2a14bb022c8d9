namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Takes one complete event of a stream: of its data what <see cref="IPartialReader"/> has not taken before. The spans
/// are good for the call alone.
/// </summary>
internal delegate void ServerEventHandler(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);
