using System.Text.RegularExpressions;

namespace Halyard;

/// <summary>
/// What a client library's message says of the cause. The library adds dozens of figures about its own inside
/// ("mc: 1/1/0, mgr: 10 of 10 available, ..."), which help nobody who reads a status; they stay in the inner exception.
/// </summary>
internal static partial class RedisCause
{
    public static string Of(string message)
    {
        var figures = FirstFigure().Match(message);
        var cause = (figures.Success ? message.AsSpan(0, figures.Index) : message).Trim();
        var open = cause.LastIndexOf('(');
        if (open > 0 && !cause[open..].Contains(')'))
        {
            // The figures began in the middle of a parenthesis.
            cause = cause[..open];
        }

        return cause.TrimEnd(" ,;.").ToString() + ".";
    }

    // ", last-read: 0s ago", ", command=HGET" and the states of inner tasks, ", Idle/RanToCompletion".
    [GeneratedRegex(@"[,(] ?[A-Za-z][\w-]*(?:: |=)|, [A-Z]\w+/[A-Z]\w+")]
    private static partial Regex FirstFigure();
}
