using System.Text;
using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

// What the current token says.
internal ref partial struct JsonCursor
{
    private const int LongestQuickNumber = 18;

    /// <summary>Whether the current string or name, unescaped, is this text.</summary>
    public readonly bool ValueTextEquals(ReadOnlySpan<byte> text) =>
        ValueIsEscaped ? JsonEscapes.Decodes(ValueSpan, text) : ValueSpan.SequenceEqual(text);

    /// <summary>The current string or name; null for JSON null.</summary>
    /// <exception cref="InvalidOperationException">It is no string, or not valid UTF-8.</exception>
    public readonly string? GetString()
    {
        if (TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (!ValueIsEscaped)
        {
            return Alone().GetString();
        }

        var text = new byte[ValueSpan.Length];
        try
        {
            return Utf8Text.ToString(text.AsSpan(0, CopyString(text)));
        }
        catch (DecoderFallbackException fault)
        {
            throw new InvalidOperationException("The text is not valid UTF-8.", fault);
        }
    }

    /// <summary>
    /// Writes the current string or name, unescaped, to a buffer that is at least as long as its value. Whether it is valid
    /// UTF-8 is not looked at.
    /// </summary>
    public readonly int CopyString(Span<byte> destination) => JsonEscapes.Decode(ValueSpan, destination);

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetInt32(out int number)
    {
        if (TryGetInt64(out var wide) && wide == (int)wide)
        {
            number = (int)wide;
            return true;
        }

        number = 0;
        return false;
    }

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetInt64(out long number)
    {
        number = 0;
        if (TokenType != JsonTokenType.Number)
        {
            return false;
        }

        var digits = ValueSpan;
        var negative = digits.Length > 0 && digits[0] == '-';
        if (negative)
        {
            digits = digits[1..];
        }

        if (digits.Length > LongestQuickNumber)
        {
            return Alone().TryGetInt64(out number);
        }

        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                number = 0;
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        number = negative ? -number : number;
        return digits.Length > 0;
    }

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetUInt64(out ulong number)
    {
        number = 0;
        return TokenType == JsonTokenType.Number && Alone().TryGetUInt64(out number);
    }

    // A string, name or number by itself is a document, for what is too rare to write a second time.
    private readonly Utf8JsonReader Alone()
    {
        var reader = new Utf8JsonReader(_text[(int)TokenStartIndex..(IsText ? _valueEnd + 1 : _valueEnd)]);
        reader.Read();
        return reader;
    }
}
