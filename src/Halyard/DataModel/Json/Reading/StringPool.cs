using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>
/// Gives one string instance for repeated short texts, straight from UTF-8. Direct-mapped and of fixed size: a newer
/// text takes the place of an older one, so it is never searched, never grows, and a miss costs little. Not thread-safe.
/// </summary>
internal sealed class StringPool
{
    private const int MaxLength = 48;
    private const int Size = 2048;
    private const int References = 256;
    private const ulong Mix = 0x9E37_79B9_7F4A_7C15;

    private readonly string?[] _texts = new string?[Size];
    private readonly AttributeReference?[] _literals = new AttributeReference?[References];
    private readonly AttributeReference?[] _paths = new AttributeReference?[References];

    /// <summary>The text as a string, the same instance as before where that is at hand.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 0)
        {
            return "";
        }

        if (utf8.Length > MaxLength)
        {
            return Utf8Text.ToString(utf8);
        }

        ref var slot = ref _texts[Hash(utf8) & (Size - 1)];
        if (slot is { } text && Ascii.Equals(utf8, text))
        {
            return text;
        }

        return slot = Utf8Text.ToString(utf8);
    }

    /// <summary>The reference for a text; an empty text is none.</summary>
    public AttributeReference? Reference(string? text, bool isPath)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Length > MaxLength)
        {
            return isPath ? AttributeReference.Parse(text) : AttributeReference.Literal(text);
        }

        ref var slot = ref (isPath ? _paths : _literals)[KeyHash.Of(text) & (References - 1)];
        return slot is { } known && string.Equals(known.Text, text)
            ? known
            : slot = isPath ? AttributeReference.Parse(text) : AttributeReference.Literal(text);
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = (ulong)utf8.Length * Mix;
        ref var start = ref MemoryMarshal.GetReference(utf8);
        nint at = 0;
        for (; at + 8 <= utf8.Length; at += 8)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at))) * Mix;
        }

        ulong tail = 0;
        for (; at < utf8.Length; at++)
        {
            tail = (tail << 8) | Unsafe.Add(ref start, at);
        }

        hash = (BitOperations.RotateLeft(hash, 23) ^ tail) * Mix;
        hash ^= hash >> 29;
        hash *= Mix;
        return (uint)(hash >> 32);
    }
}
