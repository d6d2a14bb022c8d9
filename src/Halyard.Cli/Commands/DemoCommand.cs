using System.CommandLine;

namespace Halyard.Cli;

internal static class DemoCommand
{
    public static Command Create(CliEnvironment environment) => new CliCommand("demo", "todo");
}
