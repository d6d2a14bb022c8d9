using System.Buffers;
using System.Security.Cryptography;

namespace Halyard.DataComponents;

/// <summary>Passes text on to a stream in pieces of bounded size and hashes it on the way. One user at a time.</summary>
internal sealed class HashingOutput(Stream stream) : IBufferWriter<byte>, IDisposable
{
    private const int PieceLength = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(PieceLength);
    private int _filled;

    /// <summary>How much was written so far.</summary>
    public long Length { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _filled);
        _filled += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_filled);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_filled);
    }

    /// <summary>Passes on what is left.</summary>
    /// <returns>The SHA-256 of all.</returns>
    public byte[] End()
    {
        PassOn();
        return _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _filled = 0;
    }

    private void MakeRoom(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_buffer.Length - _filled >= needed)
        {
            return;
        }

        PassOn();
        if (_buffer.Length < needed)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(needed);
        }
    }

    private void PassOn()
    {
        var piece = _buffer.AsSpan(0, _filled);
        _hash.AppendData(piece);
        stream.Write(piece);
        _filled = 0;
    }
}
