namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>Reads a large <c>put</c> while it arrives, so that it is never held as a whole, and any other event when it is complete.</summary>
/// <param name="margin">How much text must lie behind the start of an item before it is read, in bytes.</param>
internal sealed class WindowedEventReader(int margin = PutReader.UsualMargin) : IStreamEventReader
{
    // The put of which a part has been taken; null while there is none.
    private PutReader? _put;

    public int Begin(ReadOnlySpan<byte> name)
    {
        _put = null;
        return name.SequenceEqual("put"u8) ? PutReader.Wanted(margin) : int.MaxValue;
    }

    public int Take(ReadOnlySpan<byte> data, out int wanted) => (_put ??= new(margin)).Take(data, out wanted);

    public StreamEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest)
    {
        var what = _put is null ? WholeEventReader.Parse(name, rest) : _put.Finish(rest);
        _put = null;
        return what;
    }

    public void Forget() => _put = null;
}
