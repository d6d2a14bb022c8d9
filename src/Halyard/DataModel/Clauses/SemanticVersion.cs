using System.Runtime.CompilerServices;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// A version in the sense of SemVer 2.0, with the liberty that minor and patch may be missing (<c>2</c>,
/// <c>2.1-beta</c>). Numbers have no upper limit. Parsing and comparing allocate nothing.
/// </summary>
internal readonly struct SemanticVersion : IComparable<SemanticVersion>
{
    // As many digits as always fit into a ulong.
    private const int MaxNarrowDigits = 19;

    private readonly string _text;
    private readonly ulong _major;
    private readonly ulong _minor;
    private readonly ulong _patch;
    private readonly int _preReleaseStart;
    private readonly int _preReleaseLength;
    private readonly bool _wide; // a number needs more than a ulong: compare digits instead

    private SemanticVersion(string text, ulong major, ulong minor, ulong patch, int preReleaseStart, int preReleaseLength, bool wide)
    {
        _text = text;
        _major = major;
        _minor = minor;
        _patch = patch;
        _preReleaseStart = preReleaseStart;
        _preReleaseLength = preReleaseLength;
        _wide = wide;
    }

    private ReadOnlySpan<char> PreRelease => _text.AsSpan(_preReleaseStart, _preReleaseLength);

    /// <summary>Reads a version; false when the text is not one.</summary>
    [SkipLocalsInit]
    public static bool TryParse(string text, out SemanticVersion version)
    {
        version = default;
        var at = 0;
        var wide = false;
        if (!TryReadNumbers(text, ref at, out var major, out var minor, out var patch, ref wide))
        {
            return false;
        }

        int preReleaseStart = 0, preReleaseLength = 0;
        if (at < text.Length && text[at] == '-')
        {
            preReleaseStart = ++at;
            if (!TrySkipIdentifiers(text, ref at, leadingZeros: false))
            {
                return false;
            }

            preReleaseLength = at - preReleaseStart;
        }

        if (at < text.Length && text[at] == '+')
        {
            at++;
            if (!TrySkipIdentifiers(text, ref at, leadingZeros: true))
            {
                return false;
            }
        }

        if (at != text.Length)
        {
            return false;
        }

        version = new(text, major, minor, patch, preReleaseStart, preReleaseLength, wide);
        return true;
    }

    /// <summary>
    /// Compares the version that a text says with this one, when both are nothing but numbers: the common case, and
    /// half the time of reading a whole version first, which is too large for registers. False for all others.
    /// </summary>
    public bool TryCompareNumbers(string text, out int order)
    {
        order = 0;
        var at = 0;
        var wide = _wide;
        if ((_preReleaseLength != 0) | !TryReadNumbers(text, ref at, out var major, out var minor, out var patch, ref wide)
            || wide
            || at != text.Length)
        {
            return false;
        }

        if (major != _major)
        {
            order = major < _major ? -1 : 1;
        }
        else if (minor != _minor)
        {
            order = minor < _minor ? -1 : 1;
        }
        else if (patch != _patch)
        {
            order = patch < _patch ? -1 : 1;
        }

        return true;
    }

    /// <summary>Compares by precedence (SemVer 2.0, section 11); build metadata does not count.</summary>
    public int CompareTo(SemanticVersion other)
    {
        if (_wide | other._wide)
        {
            var order = CompareWide(in this, in other);
            return order != 0 ? order : ComparePreRelease(PreRelease, other.PreRelease);
        }

        if (_major != other._major)
        {
            return _major < other._major ? -1 : 1;
        }

        if (_minor != other._minor)
        {
            return _minor < other._minor ? -1 : 1;
        }

        if (_patch != other._patch)
        {
            return _patch < other._patch ? -1 : 1;
        }

        return (_preReleaseLength | other._preReleaseLength) == 0 ? 0 : ComparePreRelease(PreRelease, other.PreRelease);
    }

    /// <summary>One to three numbers; those that are missing are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadNumbers(string text, ref int at, out ulong major, out ulong minor, out ulong patch, ref bool wide)
    {
        minor = 0;
        patch = 0;
        return TryReadNumber(text, ref at, out major, ref wide)
            && (!TrySkipDot(text, ref at)
                || (TryReadNumber(text, ref at, out minor, ref wide)
                    && (!TrySkipDot(text, ref at) || TryReadNumber(text, ref at, out patch, ref wide))));
    }

    private static bool TrySkipDot(string text, ref int at)
    {
        var skips = at < text.Length && text[at] == '.';
        at += skips ? 1 : 0;
        return skips;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadNumber(string text, ref int at, out ulong number, ref bool wide)
    {
        number = 0;
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            number = unchecked((number * 10) + (ulong)(text[at] - '0'));
            at++;
        }

        var digits = at - start;
        wide |= digits > MaxNarrowDigits;
        return digits == 1 || (digits > 1 && text[start] != '0');
    }

    private static bool TrySkipIdentifiers(string text, ref int at, bool leadingZeros)
    {
        while (true)
        {
            var start = at;
            var numeric = true;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '-'))
            {
                numeric &= char.IsAsciiDigit(text[at]);
                at++;
            }

            var length = at - start;
            if (length == 0 || (numeric && !leadingZeros && length > 1 && text[start] == '0'))
            {
                return false;
            }

            if (at == text.Length || text[at] != '.')
            {
                return true;
            }

            at++;
        }
    }

    private static int CompareWide(in SemanticVersion a, in SemanticVersion b)
    {
        var restA = a._text.AsSpan();
        var restB = b._text.AsSpan();
        for (var i = 0; i < 3; i++)
        {
            var order = CompareNumbers(NextNumber(ref restA), NextNumber(ref restB));
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    // A part that is missing reads as 0.
    private static ReadOnlySpan<char> NextNumber(ref ReadOnlySpan<char> rest)
    {
        var length = 0;
        while (length < rest.Length && char.IsAsciiDigit(rest[length]))
        {
            length++;
        }

        var number = length == 0 ? "0" : rest[..length];
        rest = length < rest.Length && rest[length] == '.' ? rest[(length + 1)..] : [];
        return number;
    }

    // Without leading zeros, the longer number is the greater one.
    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b) =>
        a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);

    private static int ComparePreRelease(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.IsEmpty || b.IsEmpty)
        {
            // A release comes after all of its pre-releases.
            return b.Length.CompareTo(0) - a.Length.CompareTo(0);
        }

        while (true)
        {
            var endA = a.IndexOf('.');
            var endB = b.IndexOf('.');
            var order = CompareIdentifiers(endA < 0 ? a : a[..endA], endB < 0 ? b : b[..endB]);
            if (order != 0)
            {
                return order;
            }

            if (endA < 0 || endB < 0)
            {
                // All that both have is equal: the one with more identifiers is the greater one.
                return (endA < 0 ? 0 : 1) - (endB < 0 ? 0 : 1);
            }

            a = a[(endA + 1)..];
            b = b[(endB + 1)..];
        }
    }

    private static int CompareIdentifiers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var numericA = IsNumeric(a);
        var numericB = IsNumeric(b);
        return (numericA, numericB) switch
        {
            (true, true) => CompareNumbers(a, b),
            (false, false) => a.SequenceCompareTo(b),
            _ => numericA ? -1 : 1,
        };
    }

    // The library's ContainsAnyExceptInRange boxes its bounds until it is compiled at its final tier.
    private static bool IsNumeric(ReadOnlySpan<char> identifier)
    {
        foreach (var c in identifier)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return true;
    }
}
