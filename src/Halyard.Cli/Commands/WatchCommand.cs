using System.CommandLine;

namespace Halyard.Cli;

internal static class WatchCommand
{
    public static Command Create(CliEnvironment environment) => new CliCommand("watch", "todo");
}
