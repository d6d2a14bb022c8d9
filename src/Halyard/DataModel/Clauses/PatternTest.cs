using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// The operator <c>matches</c>: an unanchored search by regular expressions, in bounded time whatever the text.
/// </summary>
/// <remarks>
/// An expression starts on the backtracking engine with a time limit. The engine that never backtracks would need
/// no limit, but each of its expressions takes up to a millisecond to make and some 100 to 400 KB to keep, against
/// 2 µs and 1.5 KB. So an expression moves to that engine, for good, when it first meets the limit. One that cannot move,
/// which its text tells when it is read, has <see cref="SearchTime.Limit"/> for each evaluation; so has one that runs away on
/// that engine too.
/// </remarks>
internal sealed class PatternTest : ClauseTest
{
    /// <summary>What a search may take before the expression moves.</summary>
    internal static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMilliseconds(100);

    private readonly Expression[] _expressions;

    internal PatternTest(string[] patterns, TimeSpan timeLimit)
    {
        var expressions = new List<Expression>(patterns.Length);
        foreach (var pattern in patterns)
        {
            try
            {
                var expression = new Expression(pattern, timeLimit);
                expressions.Add(expression);
                if (expression.WhyNotLinear is { } reason)
                {
                    Slow ??= $"'{pattern}' ({reason})";
                    AnySlow = true;
                }
            }
            catch (ArgumentException e)
            {
                Problem ??= $"invalid regular expression: {e.Message}";
            }
        }

        _expressions = [.. expressions];
    }

    /// <summary>Whether any test of this process has a slow expression: without one, nobody need look for them.</summary>
    internal static bool AnySlow { get; private set; }

    /// <summary>The first expression that may run away, by what its text tells, and why; null when none does.</summary>
    internal string? Slow { get; }

    internal override string? Problem { get; }

    /// <summary>The valid expressions.</summary>
    internal IEnumerable<Regex> Expressions => _expressions.Select(expression => expression.Current);

    public override bool Matches(in Value value)
    {
        var time = default(SearchTime);
        return Search(value, ref time) == SearchResult.Yes;
    }

    /// <summary>Whether one attribute value (never an array) matches any of the clause's values.</summary>
    /// <param name="value">The value.</param>
    /// <param name="time">What the evaluation's searches have taken so far.</param>
    public SearchResult Search(in Value value, ref SearchTime time)
    {
        var result = SearchResult.No;
        if (value.AsString is { } text)
        {
            foreach (var expression in _expressions)
            {
                switch (expression.Search(text, ref time))
                {
                    case SearchResult.Yes:
                        return SearchResult.Yes;
                    case SearchResult.RanOut:
                        result = SearchResult.RanOut;
                        break;
                }
            }
        }

        return result;
    }

    private sealed class Expression
    {
        // How often a search that is out of time is begun.
        private const int Attempts = 2;

        private readonly string _pattern;
        private readonly string? _needed;
        private volatile Regex _current;
        private volatile bool _isLimited;

        public Expression(string pattern, TimeSpan timeLimit)
        {
            _pattern = pattern;
            _current = new(pattern, RegexOptions.CultureInvariant, timeLimit);
            _needed = PatternText.Needed(pattern);
            WhyNotLinear = PatternShape.WhyNotLinear(pattern);
            if (WhyNotLinear is not null)
            {
                Limit();
            }
        }

        public string? WhyNotLinear { get; }

        public Regex Current => _current;

        public SearchResult Search(string text, ref SearchTime time)
        {
            if (_needed is { } needed && !text.Contains(needed, StringComparison.Ordinal))
            {
                return SearchResult.No;
            }

            if (_isLimited)
            {
                return SearchWithin(text, ref time);
            }

            try
            {
                return Of(_current.IsMatch(text));
            }
            catch (RegexMatchTimeoutException)
            {
                return SearchWithoutBacktracking(text);
            }
        }

        private static SearchResult Of(bool found) => found ? SearchResult.Yes : SearchResult.No;

        private SearchResult SearchWithoutBacktracking(string text)
        {
            try
            {
                var linear = _current.Options.HasFlag(RegexOptions.NonBacktracking)
                    ? _current
                    : new(_pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, DefaultTimeLimit);
                _current = linear;
                return Of(linear.IsMatch(text));
            }
            catch (Exception e) when (e is NotSupportedException or RegexMatchTimeoutException)
            {
                Limit();
                return SearchResult.RanOut;
            }
        }

        private void Limit()
        {
            _current = new(_pattern, RegexOptions.CultureInvariant, SearchTime.Limit);
            _isLimited = true;
        }

        private SearchResult SearchWithin(string text, ref SearchTime time)
        {
            if (time.IsUp)
            {
                return SearchResult.RanOut;
            }

            for (var attempt = 1; ; attempt++)
            {
                var start = Stopwatch.GetTimestamp();
                try
                {
                    var found = _current.IsMatch(text);
                    time.AddAnswered(start);
                    return Of(found);
                }
                catch (RegexMatchTimeoutException)
                {
                    // The engine looks at a clock that moves every few milliseconds, so that a search may end right after it
                    // began, and other threads may have had the processor meanwhile. Only the second time is it the text's
                    // fault, which then holds the caller up for two moves of that clock.
                    if (attempt == Attempts)
                    {
                        time.Use();
                        return SearchResult.RanOut;
                    }
                }
            }
        }
    }
}
