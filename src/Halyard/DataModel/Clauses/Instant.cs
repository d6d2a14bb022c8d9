namespace Halyard.DataModel.Clauses;

/// <summary>
/// A point in time to the nanosecond, as the operators <c>before</c> and <c>after</c> compare it: from a number of
/// milliseconds since 1970 (a fraction of one is cut off), or from RFC 3339 text with a zone. Leap seconds are not accepted.
/// </summary>
internal readonly record struct Instant(long Seconds, int Nanoseconds) : IComparable<Instant>
{
    // yyyy-MM-ddTHH:mm:ss, before the fraction and the zone.
    private const int PlainLength = 19;
    private const int MaxFractionDigits = 9;

    /// <summary>Reads a value; false when it is neither a number nor such text.</summary>
    public static bool TryOf(in Value value, out Instant instant)
    {
        if (value.AsString is { } text)
        {
            return TryParse(text, out instant);
        }

        if (value.IsNumber)
        {
            // The conversion saturates, far beyond any date.
            var milliseconds = (long)value.AsDouble;
            var seconds = Math.DivRem(milliseconds, 1000, out var rest);
            if (rest < 0)
            {
                seconds--;
                rest += 1000;
            }

            instant = new(seconds, (int)rest * 1_000_000);
            return true;
        }

        instant = default;
        return false;
    }

    /// <summary>The latest (sign 1) or earliest (sign -1) of the values; null when none is an instant.</summary>
    public static Instant? Extreme(ReadOnlySpan<Value> values, int sign, out string? problem)
    {
        Instant? extreme = null;
        problem = null;
        foreach (ref readonly var value in values)
        {
            if (TryOf(value, out var instant))
            {
                extreme = extreme is { } before && before.CompareTo(instant) * sign >= 0 ? before : instant;
            }
            else
            {
                problem ??= value.AsString is { } text
                    ? $"invalid date '{text}': RFC 3339 text with a zone is expected"
                    : $"invalid date: a {value.Kind} is neither a number nor a string";
            }
        }

        return extreme;
    }

    /// <summary>Reads RFC 3339 text such as <c>2024-02-29T23:59:59.999999999+05:30</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Instant instant)
    {
        instant = default;
        if (text.Length <= PlainLength
            || !TryDigits(text[..4], out var year) || text[4] != '-'
            || !TryDigits(text[5..7], out var month) || text[7] != '-'
            || !TryDigits(text[8..10], out var day) || (text[10] | 0x20) != 't'
            || !TryDigits(text[11..13], out var hour) || text[13] != ':'
            || !TryDigits(text[14..16], out var minute) || text[16] != ':'
            || !TryDigits(text[17..19], out var second))
        {
            return false;
        }

        if (month is < 1 or > 12 || day < 1 || day > DaysIn(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var rest = text[PlainLength..];
        if (!TryFraction(ref rest, out var nanoseconds) || !TryZone(rest, out var offsetMinutes))
        {
            return false;
        }

        var minutes = (((DaysSince1970(year, month, day) * 24) + hour) * 60) + minute - offsetMinutes;
        instant = new((minutes * 60) + second, nanoseconds);
        return true;
    }

    public int CompareTo(Instant other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    private static bool TryFraction(ref ReadOnlySpan<char> rest, out int nanoseconds)
    {
        nanoseconds = 0;
        if (rest[0] != '.')
        {
            return true;
        }

        var length = 1;
        while (length < rest.Length && char.IsAsciiDigit(rest[length]))
        {
            if (length > MaxFractionDigits)
            {
                return false;
            }

            nanoseconds = (nanoseconds * 10) + rest[length] - '0';
            length++;
        }

        for (var digits = length - 1; digits < MaxFractionDigits; digits++)
        {
            nanoseconds *= 10;
        }

        rest = rest[length..];
        return length > 1;
    }

    private static bool TryZone(ReadOnlySpan<char> zone, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (zone.Length == 1)
        {
            return (zone[0] | 0x20) == 'z';
        }

        if (zone.Length != 6 || zone[0] is not ('+' or '-') || zone[3] != ':'
            || !TryDigits(zone[1..3], out var hours) || !TryDigits(zone[4..6], out var minutes)
            || hours > 23 || minutes > 59)
        {
            return false;
        }

        offsetMinutes = (hours * 60) + minutes;
        if (zone[0] == '-')
        {
            offsetMinutes = -offsetMinutes;
        }

        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            number = (number * 10) + c - '0';
        }

        return true;
    }

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    // Years are counted from March, so that the leap day is the last of its year; 400 years are added, a whole cycle, so that no number is negative.
    private static long DaysSince1970(int year, int month, int day)
    {
        var monthsFromMarch = (month + 9) % 12;
        long y = (month < 3 ? year - 1 : year) + 400;
        var days = (y * 365) + (y / 4) - (y / 100) + (y / 400) + (((monthsFromMarch * 306) + 5) / 10) + day - 1;

        // The same sum for 1970-01-01: day 306 of the year that began in March 1969.
        const long Epoch = (2369L * 365) + (2369 / 4) - (2369 / 100) + (2369 / 400) + 306;
        return days - Epoch;
    }
}
