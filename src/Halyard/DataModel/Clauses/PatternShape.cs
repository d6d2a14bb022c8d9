using System.Globalization;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// Tells from a regular expression's text whether the engine that never backtracks can take it. To ask the engine would cost
/// up to a millisecond for each pattern of a payload, and without end for counted repeats that multiply.
/// </summary>
internal sealed class PatternShape
{
    /// <summary>The steps, with all counted repeats written out, from which on that engine takes too long to be of use.</summary>
    public const int MostSteps = 1000;

    // Far beyond any pattern that matters, and far from where the sum of two would overflow.
    private const long Endless = 1L << 40;

    private readonly string _pattern;
    private readonly Stack<long> _outer = new();
    private int _at;
    private long _steps; // of the open group, without the last atom, which a repeat may still follow
    private long _last;

    private PatternShape(string pattern) => _pattern = pattern;

    /// <summary>Why a valid pattern cannot be searched for in time that grows with the text alone; null when it can.</summary>
    public static string? WhyNotLinear(string pattern) => new PatternShape(pattern).Read();

    private char Current => _at < _pattern.Length ? _pattern[_at] : '\0';

    private string? Read()
    {
        while (_at < _pattern.Length)
        {
            var problem = _pattern[_at++] switch
            {
                '\\' => ReadEscape(),
                '(' => ReadGroup(),
                '[' => ReadClass(),
                ')' => EndGroup(),
                '*' or '+' or '?' => null,
                '{' => ReadRepeat(),
                _ => Atom(1),
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        while (_outer.Count != 0)
        {
            EndGroup();
        }

        var steps = _steps + _last;
        return steps <= MostSteps ? null
            : steps >= Endless ? "its counted repeats multiply without end"
            : string.Create(CultureInfo.InvariantCulture, $"its counted repeats make {steps} steps, more than {MostSteps}");
    }

    private string? Atom(long steps)
    {
        _steps = Math.Min(_steps + _last, Endless);
        _last = steps;
        return null;
    }

    private string? ReadEscape()
    {
        var letter = Current;
        _at++;
        switch (letter)
        {
            case >= '1' and <= '9':
            case 'k' when Current is '<' or '\'' or '{':
                return "it has a back-reference";
            case 'G':
                return "it has \\G";
            case 'p' or 'P' when Current == '{':
                SkipBehind('}');
                break;
        }

        return Atom(1);
    }

    private string? ReadGroup()
    {
        if (Current != '?')
        {
            return Open();
        }

        _at++;
        var rest = _pattern.AsSpan(_at);
        if (rest.StartsWith("#"))
        {
            SkipBehind(')');
            return null;
        }

        if (rest.StartsWith("=") || rest.StartsWith("!") || rest.StartsWith("<=") || rest.StartsWith("<!"))
        {
            return "it looks ahead or behind";
        }

        if (rest.StartsWith(">") || rest.StartsWith("("))
        {
            return "it has an atomic or a conditional group";
        }

        if (rest.StartsWith("<") || rest.StartsWith("'"))
        {
            var end = rest[1..].IndexOf(rest[0] == '<' ? '>' : '\'');
            if (end > 0 && rest.Slice(1, end).Contains('-'))
            {
                return "it has a balancing group";
            }

            // The name is no part of what is searched for.
            _at += end + 2;
        }

        return Open();
    }

    private string? Open()
    {
        Atom(0);
        _outer.Push(_steps);
        (_steps, _last) = (0, 0);
        return null;
    }

    private string? EndGroup()
    {
        if (_outer.TryPop(out var outer))
        {
            (_last, _steps) = (Math.Max(1, Math.Min(_steps + _last, Endless)), outer);
        }

        return null;
    }

    // To behind the closing bracket, as the platform reads a class: the first character is never that bracket, a class may be
    // taken away from another, and what a dash means depends on what is before it.
    private string? ReadClass()
    {
        var depth = 0;
        var first = false;
        var inRange = false;
        EnterClass();
        while (depth > 0 && _at < _pattern.Length)
        {
            var character = _pattern[_at++];
            if (character == ']' && !first)
            {
                depth--;
                inRange = false;
                continue;
            }

            var escaped = character == '\\';
            if (escaped && SkipEscapeInClass())
            {
                (first, inRange) = (false, false);
                continue;
            }

            if (inRange)
            {
                inRange = false;
                if (character == '[' && !first)
                {
                    EnterClass();
                    continue;
                }
            }
            else if (Current == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            {
                inRange = true;
                _at++;
            }
            else if (character == '-' && !first && Current == '[')
            {
                _at++;
                EnterClass();
                continue;
            }

            first = false;
        }

        return Atom(1);

        void EnterClass()
        {
            depth++;
            first = true;
            if (Current == '^')
            {
                _at++;
            }
        }
    }

    // Whether it was one that cannot begin a range: a class of its own, or a dash.
    private bool SkipEscapeInClass()
    {
        var letter = Current;
        _at++;
        switch (letter)
        {
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W' or '-':
                return true;
            case 'p' or 'P':
                SkipBehind('}');
                return true;
            case 'c':
                _at++;
                return false;
            default:
                return false;
        }
    }

    // {3}, {3,} or {3,5}; anything else in braces is text.
    private string? ReadRepeat()
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0 || !TryReadCount(_pattern.AsSpan(_at, end - _at), out var count))
        {
            return Atom(1);
        }

        _at = end + 1;
        _last = _last == 0 ? 0 : count >= Endless / _last ? Endless : Math.Max(1, _last * count);
        return null;
    }

    private static bool TryReadCount(ReadOnlySpan<char> text, out long count)
    {
        var comma = text.IndexOf(',');
        var least = comma < 0 ? text : text[..comma];
        var most = comma < 0 ? text : text[(comma + 1)..];
        if (!TryParse(least, out count))
        {
            return false;
        }

        if (most.IsEmpty)
        {
            // One more that repeats without a count.
            count++;
            return true;
        }

        return TryParse(most, out count);
    }

    private static bool TryParse(ReadOnlySpan<char> digits, out long number) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void SkipBehind(char end)
    {
        var at = _pattern.IndexOf(end, _at);
        _at = at < 0 ? _pattern.Length : at + 1;
    }
}
