using System.Text.RegularExpressions;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// The operator <c>matches</c>: an unanchored search by regular expressions, in bounded time whatever the text.
/// </summary>
/// <remarks>
/// An expression starts on the backtracking engine with a time limit. The engine that never backtracks would need
/// no limit, but each of its expressions takes up to a millisecond to make and some 100 to 400 KB to keep, against
/// 2 µs and 1.5 KB. So an expression moves to that engine, for good, when it first meets the limit. One with a
/// construct that engine lacks (look-around, back-references) cannot move; its search counts as no match.
/// </remarks>
internal sealed class PatternTest : ClauseTest
{
    /// <summary>What a search may take before it is given up.</summary>
    internal static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMilliseconds(100);

    private readonly Expression[] _expressions;

    internal PatternTest(string[] patterns, TimeSpan timeLimit)
    {
        var expressions = new List<Expression>(patterns.Length);
        foreach (var pattern in patterns)
        {
            try
            {
                expressions.Add(new(pattern, timeLimit));
            }
            catch (ArgumentException e)
            {
                Problem ??= $"invalid regular expression: {e.Message}";
            }
        }

        _expressions = [.. expressions];
    }

    internal override string? Problem { get; }

    /// <summary>The valid expressions.</summary>
    internal IEnumerable<Regex> Expressions => _expressions.Select(expression => expression.Current);

    public override bool Matches(in Value value)
    {
        if (value.AsString is { } text)
        {
            foreach (var expression in _expressions)
            {
                if (expression.IsMatch(text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private sealed class Expression(string pattern, TimeSpan timeLimit)
    {
        private volatile Regex _current = new(pattern, RegexOptions.CultureInvariant, timeLimit);

        public Regex Current => _current;

        public bool IsMatch(string text)
        {
            try
            {
                return _current.IsMatch(text);
            }
            catch (RegexMatchTimeoutException)
            {
                return IsMatchWithoutBacktracking(text);
            }
        }

        private bool IsMatchWithoutBacktracking(string text)
        {
            if (!_current.Options.HasFlag(RegexOptions.NonBacktracking))
            {
                try
                {
                    _current = new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, DefaultTimeLimit);
                    return _current.IsMatch(text);
                }
                catch (Exception e) when (e is NotSupportedException or RegexMatchTimeoutException)
                {
                    return false;
                }
            }

            return false;
        }
    }
}
