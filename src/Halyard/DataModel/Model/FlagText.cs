using System.Runtime.CompilerServices;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.Model;

/// <summary>
/// A text of a flag that hardly anybody asks for. Of a flag that was read it lies, as UTF-8, in one array with the flag's other such texts,
/// and becomes a string when it is asked for. Immutable to whoever sees it.
/// </summary>
internal readonly struct FlagText
{
    // Null for an empty text, a string, or the array. A string takes the array's place.
    private readonly object? _held;
    private readonly int _start;
    private readonly int _length;

    public FlagText(string? text) => _held = text;

    /// <summary>A text whose array is not there yet; empty until then.</summary>
    /// <param name="start">The position of its first byte.</param>
    /// <param name="length">How many bytes it has.</param>
    public FlagText(int start, int length) => (_start, _length) = (start, length);

    private FlagText(byte[] texts, int start, int length) => (_held, _start, _length) = (texts, start, length);

    public bool IsEmpty => _held switch
    {
        byte[] => _length == 0,
        string text => text.Length == 0,
        _ => true,
    };

    /// <summary>The same place in the array that is there now.</summary>
    public FlagText In(byte[] texts) => new(texts, _start, _length);

    /// <summary>The text. Where this is a field of an object or of an array's element, the string is kept there.</summary>
    public override string ToString()
    {
        if (_held is not byte[] texts)
        {
            return _held as string ?? "";
        }

        // Two threads may both make it, of equal text, so either may win.
        var text = Utf8Text.ToString(Bytes(texts));
        Volatile.Write(ref Unsafe.AsRef(in _held), text);
        return text;
    }

    public void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        if (_held is byte[] texts)
        {
            writer.WriteString(name, Bytes(texts));
        }
        else
        {
            writer.WriteString(name, ToString());
        }
    }

    private ReadOnlySpan<byte> Bytes(byte[] texts) => texts.AsSpan(_start, _length);
}
