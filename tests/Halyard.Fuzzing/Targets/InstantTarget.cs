using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Halyard.DataModel.Clauses;

namespace Halyard.Fuzzing.Targets;

/// <summary>Dates: RFC 3339 text with a zone, held against the platform's calendar.</summary>
internal static partial class InstantTarget
{
    public static FuzzTarget Target { get; } = new("instant", "a date of RFC 3339", Run)
    {
        Words = ["T", "t", "Z", "z", "+00:00", "-23:59", "+24:00", ".", ".123456789", ".0", "-", ":", "2024-02-29", "1900-02-29", "0000-01-01", "9999-12-31", "23:59:60", "24:00:00", "-13-", "-00-"],
        MostLength = 256,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var isInstant = Instant.TryParse(text, out var instant);
        var expected = Expected(text);
        Promise.Holds(isInstant == expected is not null, "a date is one by the standard", $"{text}");
        Promise.Holds(expected is not { } time || instant == time, "a date is the moment it says", $"{instant} and not {expected}");
        Promise.Holds(!isInstant || (Instant.TryOf(Value.Of(text), out var same) && same == instant), "a value is the date it says");
    }

    private static Instant? Expected(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        // The calendar repeats every 400 years, and the platform's begins with the year 1.
        var year = Number(match, "year");
        var cycles = year < 1 ? 1 : 0;
        DateTime moment;
        try
        {
            moment = new(year + (400 * cycles), Number(match, "month"), Number(match, "day"), Number(match, "hour"), Number(match, "minute"), Number(match, "second"), DateTimeKind.Utc);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }

        var zone = match.Groups["sign"].Success
            ? ((Number(match, "zoneHours") * 60) + Number(match, "zoneMinutes")) * (match.Groups["sign"].Value == "-" ? -60 : 60)
            : 0;
        if (match.Groups["sign"].Success && (Number(match, "zoneHours") > 23 || Number(match, "zoneMinutes") > 59))
        {
            return null;
        }

        var seconds = ((moment - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond) - (cycles * 146_097L * 86_400) - zone;
        return new(seconds, int.Parse(match.Groups["fraction"].Value.PadRight(9, '0'), CultureInfo.InvariantCulture));
    }

    private static int Number(Match match, string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\A(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})[Tt](?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(\.(?<fraction>[0-9]{1,9}))?"
        + @"([Zz]|(?<sign>[+-])(?<zoneHours>[0-9]{2}):(?<zoneMinutes>[0-9]{2}))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
