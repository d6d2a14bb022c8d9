using System.Runtime.InteropServices;

namespace Halyard.Http;

/// <summary>Bytes outside the managed heap, which grow in place where the system can.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int FirstSize = 4 * 1024;

    /// <summary>What is kept from one event to the next.</summary>
    private const int KeptSize = 64 * 1024;

    private byte* _bytes;
    private int _capacity;

    ~NativeBuffer() => Free();

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Content => new(_bytes, Length);

    /// <summary>How many bytes have been dropped since the buffer was empty.</summary>
    public long Dropped { get; private set; }

    public void Append(ReadOnlySpan<byte> more)
    {
        var needed = (long)Length + more.Length;
        if (Dropped + needed > Array.MaxLength)
        {
            throw new InvalidDataException($"an event of the stream is longer than {Array.MaxLength} bytes");
        }

        if (needed > _capacity)
        {
            var capacity = (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(needed, _capacity * 2L), FirstSize));
            _bytes = (byte*)NativeMemory.Realloc(_bytes, (nuint)capacity);
            _capacity = capacity;
        }

        more.CopyTo(new Span<byte>(_bytes + Length, more.Length));
        Length = (int)needed;
    }

    /// <summary>Forgets the first bytes and moves the rest to the front.</summary>
    public void Drop(int count)
    {
        Content[count..].CopyTo(new Span<byte>(_bytes, Length));
        Length -= count;
        Dropped += count;
    }

    public void Clear()
    {
        (Length, Dropped) = (0, 0);
        if (_capacity > KeptSize)
        {
            Free();
        }
    }

    /// <summary>Forgets everything and gives the memory back; the buffer goes on working.</summary>
    public void Release()
    {
        Dropped = 0;
        Free();
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
        (_capacity, Length) = (0, 0);
    }
}
