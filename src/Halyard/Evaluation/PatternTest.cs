using System.Text.RegularExpressions;

namespace Halyard;

/// <summary>
/// The operator <c>matches</c>: an unanchored search by regular expressions, in time that the input bounds. A pattern
/// runs on the engine that never backtracks; one with a construct that engine lacks (look-around, back-references)
/// runs on the other with a time limit, and counts as no match when it meets the limit.
/// </summary>
/// <remarks>
/// A pattern is parsed when it is first tested or when <see cref="Problem"/> is first asked for, so that loading a
/// large payload pays only for patterns in use. Two threads may both parse it; the results are alike.
/// </remarks>
internal sealed class PatternTest(string[] patterns) : ClauseTest
{
    /// <summary>What a search may take before it is given up.</summary>
    internal static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _timeLimit = DefaultTimeLimit;
    private State? _state;

    internal PatternTest(string[] patterns, TimeSpan timeLimit)
        : this(patterns) => _timeLimit = timeLimit;

    internal override string? Problem => (_state ?? Parse()).Problem;

    /// <summary>The expressions that parsed.</summary>
    internal ReadOnlySpan<Regex> Expressions => (_state ?? Parse()).Expressions;

    public override bool Matches(in Value value)
    {
        if (value.AsString is { } text)
        {
            foreach (var expression in (_state ?? Parse()).Expressions)
            {
                if (IsMatch(expression, text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsMatch(Regex expression, string text)
    {
        try
        {
            return expression.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private State Parse()
    {
        var expressions = new List<Regex>(patterns.Length);
        string? problem = null;
        foreach (var pattern in patterns)
        {
            try
            {
                expressions.Add(Parse(pattern));
            }
            catch (ArgumentException e)
            {
                problem ??= $"invalid regular expression '{pattern}': {e.Message}";
            }
        }

        return _state = new([.. expressions], problem);
    }

    private Regex Parse(string pattern)
    {
        try
        {
            return new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, _timeLimit);
        }
        catch (NotSupportedException)
        {
            return new(pattern, RegexOptions.CultureInvariant, _timeLimit);
        }
    }

    private sealed record State(Regex[] Expressions, string? Problem);
}
