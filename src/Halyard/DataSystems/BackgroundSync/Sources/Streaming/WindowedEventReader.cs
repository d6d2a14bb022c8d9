using Halyard.DataModel.Json.Reading;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>Reads a large <c>put</c> while it arrives, so that it is never held as a whole, and any other event when it is complete.</summary>
/// <param name="margin">How much text must lie behind the start of an item before it is read, in bytes.</param>
/// <param name="mostBytes">What reading the parts of one event may take in memory.</param>
internal sealed class WindowedEventReader(int margin = PutReader.UsualMargin, long mostBytes = long.MaxValue) : IStreamEventReader
{
    // The put of which a part has been taken; null while there is none.
    private PutReader? _put;
    private long _bytes;

    public int Begin(ReadOnlySpan<byte> name)
    {
        Forget();
        return name.SequenceEqual("put"u8) ? PutReader.Wanted(margin) : int.MaxValue;
    }

    public int Take(ReadOnlySpan<byte> data, out int wanted)
    {
        // In memory small items are larger than their text, which is limited elsewhere.
        var before = ReadScratch.AllocatedBytes;
        var taken = (_put ??= new(margin)).Take(data, out wanted);
        _bytes += ReadScratch.AllocatedBytes - before;
        return _bytes <= mostBytes
            ? taken
            : throw new InvalidDataException($"the items of one event of the stream take more than the limit of {mostBytes} bytes");
    }

    public StreamEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest)
    {
        var what = _put is null ? WholeEventReader.Parse(name, rest) : _put.Finish(rest);
        Forget();
        return what;
    }

    public void Forget() => (_put, _bytes) = (null, 0);
}
