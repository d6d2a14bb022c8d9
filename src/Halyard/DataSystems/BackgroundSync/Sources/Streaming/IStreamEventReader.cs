namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Makes events of FDv1 out of a stream's text: the seam between the stream and how much of an event is held before it is
/// read. Not thread-safe.
/// </summary>
internal interface IStreamEventReader : IPartialReader
{
    /// <summary>Reads an event whose end has come.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="rest">The event's data, but for what <see cref="IPartialReader.Take"/> took.</param>
    /// <exception cref="MalformedDataException">The event is known and its data is not JSON, or has the wrong shape.</exception>
    StreamEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest);

    /// <summary>Forgets what a broken connection has left unfinished.</summary>
    void Forget();
}
