namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>Reads the older protocol's events, a large <c>put</c> while it arrives. Not thread-safe.</summary>
/// <param name="margin">How much text must lie behind the start of an item before it is read, in bytes.</param>
internal sealed class StreamEventReader(int margin = PutReader.UsualMargin) : IPartialReader
{
    private PutReader? _put;

    public int Begin(ReadOnlySpan<byte> name)
    {
        _put = null;
        return name.SequenceEqual("put"u8) ? PutReader.Wanted(margin) : int.MaxValue;
    }

    public int Take(ReadOnlySpan<byte> data, out int wanted) => (_put ??= new(margin)).Take(data, out wanted);

    /// <summary>Reads an event that is complete, of which parts may have been taken.</summary>
    /// <exception cref="MalformedDataException">The event is known and its data is not JSON, or has the wrong shape.</exception>
    public StreamEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest)
    {
        var what = _put is null ? StreamEvent.Parse(name, rest) : _put.Finish(rest);
        _put = null;
        return what;
    }

    /// <summary>Forgets what a broken connection has left unfinished.</summary>
    public void Forget() => _put = null;
}
