using System.CommandLine;
using System.CommandLine.Parsing;

namespace Halyard.Cli;

/// <summary>Says what a mistyped command or option may have been meant to be.</summary>
internal static class Suggestions
{
    /// <summary>What is wrong, where it is a word that means nothing; null for every other error.</summary>
    public static string? Problem(ParseResult result)
    {
        // A mistyped option takes an argument's place, and then the parser complains of its value.
        var arguments = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static argument => argument.Tokens);
        if (arguments.FirstOrDefault(static token => IsOption(token.Value)) is { } taken)
        {
            return $"Unknown option {Name(taken.Value)}.{Question(result, taken.Value)}";
        }

        return result.UnmatchedTokens is [var typed, ..]
            ? (IsOption(typed) ? $"Unknown option {Name(typed)}." : $"Unrecognized command or argument '{typed}'.") + Question(result, typed)
            : null;
    }

    private static bool IsOption(string token) => token.Length > 1 && token.StartsWith('-');

    private static string Question(ParseResult result, string typed) =>
        Similar.To(Name(typed), Names(result.CommandResult.Command, IsOption(typed))) is { } similar ? $" Did you mean {similar}?" : "";

    // Without the value behind it, which may be a key: messages end up in logs.
    private static string Name(string typed) => typed.Split('=', ':')[0];

    private static IEnumerable<string> Names(Command command, bool options) => options
        ? command.Options.SelectMany(static option => option.Aliases.Prepend(option.Name)).Append("--help").Where(static name => name.Length > 2)
        : command.Subcommands.Where(static found => !found.Hidden).Select(static found => found.Name);
}
