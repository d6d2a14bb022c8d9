namespace Halyard.Http;

/// <summary>Counts the bytes that arrive for one client. Thread-safe.</summary>
internal sealed class ByteCount
{
    private long _total;

    public long Total => Interlocked.Read(ref _total);

    public void Add(int bytes) => Interlocked.Add(ref _total, bytes);
}
