using System.Globalization;
using System.Text;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>
/// The escapes of JSON strings. Half of a surrogate pair, which JSON can write and no Unicode text can hold, becomes U+FFFD,
/// as in every implementation that does not refuse it.
/// </summary>
internal static class JsonEscapes
{
    // A backslash, the u, and four digits.
    private const int UnitLength = 6;

    /// <summary>Writes a text without its escapes, which are sound; the text never gets longer.</summary>
    /// <returns>The length written.</returns>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var plain = text.IndexOf((byte)'\\');
            if (plain < 0)
            {
                text.CopyTo(destination[written..]);
                return written + text.Length;
            }

            text[..plain].CopyTo(destination[written..]);
            written += plain;
            text = text[plain..];
            if (text[1] == 'u')
            {
                written += Character(ref text).EncodeToUtf8(destination[written..]);
            }
            else
            {
                destination[written++] = Short(text[1]);
                text = text[2..];
            }
        }
    }

    /// <summary>Whether a text is another one once its escapes are read.</summary>
    public static bool Decodes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected)
    {
        if (text.Length < expected.Length || text.Length > expected.Length * UnitLength)
        {
            return false;
        }

        var decoded = new byte[text.Length];
        return decoded.AsSpan(0, Decode(text, decoded)).SequenceEqual(expected);
    }

    private static byte Short(byte letter) => letter switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter,
    };

    // The character at the start of the text, in one escape or two, behind which the text then goes on.
    private static Rune Character(ref ReadOnlySpan<byte> text)
    {
        var first = Unit(text);
        text = text[UnitLength..];
        if (char.IsHighSurrogate(first) && text.StartsWith("\\u"u8) && Rune.TryCreate(first, Unit(text), out var pair))
        {
            text = text[UnitLength..];
            return pair;
        }

        return Rune.TryCreate(first, out var character) ? character : Rune.ReplacementChar;
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..UnitLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
