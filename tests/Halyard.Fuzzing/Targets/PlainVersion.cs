using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Halyard.Fuzzing.Targets;

/// <summary>Versions by the letter of SemVer 2.0, with the liberty that minor and patch may be missing.</summary>
internal sealed partial class PlainVersion
{
    private readonly BigInteger[] _numbers;
    private readonly string[] _identifiers;

    private PlainVersion(BigInteger[] numbers, string[] identifiers) => (_numbers, _identifiers) = (numbers, identifiers);

    /// <summary>Null when the text is no version.</summary>
    public static PlainVersion? Of(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var numbers = new[] { "major", "minor", "patch" }.Select(name => match.Groups[name].Value is { Length: > 0 } digits ? Number(digits) : 0);
        return new([.. numbers], match.Groups["pre"].Value is { Length: > 0 } pre ? pre.Split('.') : []);
    }

    /// <summary>Below zero, zero or above it: section 11.</summary>
    public int CompareTo(PlainVersion other)
    {
        for (var i = 0; i < 3; i++)
        {
            if (_numbers[i] != other._numbers[i])
            {
                return _numbers[i] < other._numbers[i] ? -1 : 1;
            }
        }

        if (_identifiers.Length == 0 || other._identifiers.Length == 0)
        {
            // 1.0.0-alpha comes before 1.0.0.
            return _identifiers.Length == other._identifiers.Length ? 0 : _identifiers.Length == 0 ? 1 : -1;
        }

        for (var i = 0; i < Math.Min(_identifiers.Length, other._identifiers.Length); i++)
        {
            if (CompareIdentifiers(_identifiers[i], other._identifiers[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return _identifiers.Length.CompareTo(other._identifiers.Length);
    }

    private static int CompareIdentifiers(string a, string b) => (IsNumber(a), IsNumber(b)) switch
    {
        (true, true) => Number(a).CompareTo(Number(b)),
        (true, false) => -1,
        (false, true) => 1,
        _ => Math.Sign(string.CompareOrdinal(a, b)),
    };

    private static bool IsNumber(string text) => text.All(char.IsAsciiDigit);

    private static BigInteger Number(string digits) => BigInteger.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\A(?<major>0|[1-9][0-9]*)(?:\.(?<minor>0|[1-9][0-9]*)(?:\.(?<patch>0|[1-9][0-9]*))?)?"
        + @"(?:-(?<pre>(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
        + @"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
