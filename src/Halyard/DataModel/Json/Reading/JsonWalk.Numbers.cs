using System.Globalization;
using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataModel.Json.Reading;

// Numbers, which are read as generously as their meaning is clear.
internal static partial class JsonWalk
{
    /// <summary>
    /// A member that is the index of a variation. One beyond 32 bits reads as the nearest that fits, which is no index
    /// either: the flag is malformed when it comes to serve it, and only then.
    /// </summary>
    public static int? Index(ref JsonCursor reader)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        return TryGetInt32(ref reader, out var number) ? number : (int)Math.Clamp(Whole(ref reader), int.MinValue, int.MaxValue);
    }

    /// <summary>A member that is a weight: its fraction is cut off, and one beyond 32 bits reads as the nearest that fits.</summary>
    public static int? Weight(ref JsonCursor reader)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        return TryGetInt32(ref reader, out var number) ? number : (int)Math.Clamp(Number(ref reader), int.MinValue, int.MaxValue);
    }

    /// <summary>A member that is a whole number of 64 bits.</summary>
    public static long? Int64(ref JsonCursor reader)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        return TryGetInt64(ref reader, out var number) ? number : InRange(ref reader, Whole(ref reader));
    }

    /// <summary>A member that is a number of 64 bits, whose fraction is cut off.</summary>
    public static long? CutInt64(ref JsonCursor reader)
    {
        if (!NextValue(ref reader))
        {
            return null;
        }

        return TryGetInt64(ref reader, out var number) ? number : InRange(ref reader, decimal.Truncate(Number(ref reader)));
    }

    /// <summary>A number of 64 bits that no evaluation reads: its fraction is cut off, and anything else counts as absent.</summary>
    public static long? UnreadInt64(ref JsonCursor reader)
    {
        reader.ReadMemberValue();
        if (TryGetInt64(ref reader, out var number))
        {
            return number;
        }

        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return null;
        }

        var whole = decimal.Truncate(Number(ref reader));
        return whole is >= long.MinValue and <= long.MaxValue ? (long)whole : null;
    }

    private static bool TryGetInt32(ref JsonCursor reader, out int number)
    {
        number = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out number);
    }

    private static bool TryGetInt64(ref JsonCursor reader, out long number)
    {
        number = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number);
    }

    // 1.0 and 1e3 are whole numbers too: some serialisers write every number as a floating one.
    private static decimal Whole(ref JsonCursor reader)
    {
        var number = Number(ref reader);
        return number == decimal.Truncate(number)
            ? number
            : throw JsonFault.At(ref reader, $"{Encoding.UTF8.GetString(reader.ValueSpan)} is not a whole number");
    }

    private static decimal Number(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw JsonFault.Expected(ref reader, "a whole number");
        }

        if (decimal.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        // Too large for a decimal, or too near to zero.
        var rounded = double.Parse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        return Math.Abs(rounded) < 1 ? 0 : rounded < 0 ? decimal.MinValue : decimal.MaxValue;
    }

    private static long InRange(ref JsonCursor reader, decimal number) => number is >= long.MinValue and <= long.MaxValue
        ? (long)number
        : throw JsonFault.At(
            ref reader, $"{Encoding.UTF8.GetString(reader.ValueSpan)} is not a whole number from {long.MinValue} to {long.MaxValue}");
}
