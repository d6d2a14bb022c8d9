using System.Buffers;
using System.Globalization;
using System.Text;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Numbers whose decimal text matters.</summary>
internal static class JsonNumber
{
    // A double holds any decimal of so many characters without an exponent exactly.
    private const int AlwaysExactLength = 15;

    /// <summary>Reads the text of a JSON number; the text is kept when the double is not the same decimal.</summary>
    public static Value Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= AlwaysExactLength && TryReadNatural(utf8, out var natural))
        {
            return Value.Of((double)natural);
        }

        var number = double.Parse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (utf8.Length <= AlwaysExactLength && !utf8.ContainsAny((byte)'e', (byte)'E'))
        {
            return Value.Of(number);
        }

        Span<byte> shortest = stackalloc byte[32];
        if (double.IsFinite(number)
            && number.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture)
            && Same(utf8, shortest[..length]))
        {
            return Value.Of(number);
        }

        // Beyond the range of a double, the nearest finite one stands in for comparisons.
        return Value.OfExactNumber(Math.Clamp(number, double.MinValue, double.MaxValue), Encoding.ASCII.GetString(utf8));
    }

    /// <summary>The integer of a number that a double cannot carry, cut toward zero and saturated.</summary>
    /// <param name="text">The number's text.</param>
    /// <param name="number">The nearest double, for numbers beyond the range of a decimal.</param>
    public static long ToLong(string text, double number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? (long)Math.Clamp(decimal.Truncate(exact), long.MinValue, long.MaxValue)
        : (long)number;

    // A fast path, because most numbers consist of digits alone.
    private static bool TryReadNatural(ReadOnlySpan<byte> utf8, out long number)
    {
        number = 0;
        foreach (var digit in utf8)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>Whether two texts of JSON numbers mean the same number: 9007199254740993 is not 9007199254740992, but 1.10 is 1.1.</summary>
    public static bool Same(string left, string right) =>
        string.Equals(left, right, StringComparison.Ordinal) || Same(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));

    /// <inheritdoc cref="Same(string, string)"/>
    public static bool Same(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.SequenceEqual(right))
        {
            return true;
        }

        var leftDigits = ArrayPool<byte>.Shared.Rent(left.Length);
        var rightDigits = ArrayPool<byte>.Shared.Rent(right.Length);
        var a = Normalize(left, leftDigits, out var leftCount);
        var b = Normalize(right, rightDigits, out var rightCount);
        var same = leftDigits.AsSpan(0, leftCount).SequenceEqual(rightDigits.AsSpan(0, rightCount))
            && (leftCount == 0 || a == b);
        ArrayPool<byte>.Shared.Return(leftDigits);
        ArrayPool<byte>.Shared.Return(rightDigits);
        return same;
    }

    // The significant digits without zeros at either end, the sign, and the power of ten of the last digit.
    private static (bool Negative, long Exponent) Normalize(ReadOnlySpan<byte> text, Span<byte> digits, out int count)
    {
        var negative = text[0] == '-';
        var at = text.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = at < 0 ? text : text[..at];
        var exponent = 0L;
        if (at >= 0 && !long.TryParse(text[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            exponent = text[at + 1] == '-' ? long.MinValue / 2 : long.MaxValue / 2;
        }

        count = 0;
        var fraction = false;
        foreach (var character in mantissa)
        {
            if (character == '.')
            {
                fraction = true;
            }
            else if (char.IsAsciiDigit((char)character))
            {
                exponent -= fraction ? 1 : 0;
                if (count != 0 || character != '0')
                {
                    digits[count++] = character;
                }
            }
        }

        for (; count > 0 && digits[count - 1] == '0'; count--)
        {
            exponent++;
        }

        return (negative, exponent);
    }
}
