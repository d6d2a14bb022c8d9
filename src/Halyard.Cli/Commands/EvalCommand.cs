using System.CommandLine;

namespace Halyard.Cli;

internal static class EvalCommand
{
    public static Command Create(CliEnvironment environment) => new CliCommand("eval", "todo");
}
