using System.CommandLine;

namespace Halyard.Cli;

/// <summary><c>--for</c> of commands that go on until they are ended.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static Option<double?> Create() => new("--for") { Description = "End after so many seconds. Default: on Ctrl+C.", HelpName = "seconds" };

    /// <summary>Checks what was given.</summary>
    /// <exception cref="CliException">It is no time span.</exception>
    public static void Check(double? seconds)
    {
        if (seconds is { } given && !(given > 0 && given <= Longest.TotalSeconds))
        {
            throw new CliException("--for takes a number of seconds above 0.", ExitCode.Usage);
        }
    }

    /// <summary>Starts the clock.</summary>
    public static CancellationTokenSource Start(double? seconds, CliEnvironment environment) => new(
        seconds is { } given ? TimeSpan.FromSeconds(given) : Timeout.InfiniteTimeSpan, environment.TimeProvider);
}
