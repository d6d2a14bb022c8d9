namespace Halyard.Fuzzing;

/// <summary>The bytes of an input that is being made.</summary>
internal sealed class InputText(int mostLength)
{
    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Begins with a text.</summary>
    public void Begin(ReadOnlySpan<byte> text)
    {
        Length = 0;
        Replace(0, 0, text);
    }

    /// <summary>Sets a byte.</summary>
    public void Set(int at, byte value) => _bytes[at] = value;

    /// <summary>Puts a text in the place of a part; what goes beyond the longest input is cut off.</summary>
    public void Replace(int at, int length, ReadOnlySpan<byte> by)
    {
        if (by.Overlaps(_bytes))
        {
            by = by.ToArray();
        }

        var longer = Length - length + by.Length;
        if (longer > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(longer, _bytes.Length * 2));
        }

        _bytes.AsSpan((at + length)..Length).CopyTo(_bytes.AsSpan(at + by.Length));
        by.CopyTo(_bytes.AsSpan(at));
        Length = Math.Min(longer, mostLength);
    }

    public void Insert(int at, ReadOnlySpan<byte> text) => Replace(at, 0, text);

    public void Remove(int at, int length) => Replace(at, length, default);

    public void Cut(int length) => Length = length;
}
