using System.CommandLine;
using System.CommandLine.Help;

namespace Halyard.Cli;

/// <summary>The <c>halyard</c> command line.</summary>
internal static class HalyardTool
{
    /// <summary>How long a command may take to end after Ctrl+C.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    /// <summary>Runs one command line and gives its exit code; never throws.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliEnvironment environment, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = Build(environment).Parse(args);
            if (result.Errors.Count != 0)
            {
                var command = result.CommandResult.Command is RootCommand ? "halyard" : $"halyard {result.CommandResult.Command.Name}";
                throw new CliException($"{OneLine(result.Errors[0].Message)} See {command} --help.", ExitCode.Usage);
            }

            var configuration = new InvocationConfiguration
            {
                Output = environment.Output,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = EndLimit,
            };
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (CliException exception)
        {
            await environment.Error.WriteLineAsync($"error: {OneLine(exception.Message)}");
            return exception.Code;
        }
        catch (OperationCanceledException)
        {
            await environment.Error.WriteLineAsync("error: Cancelled.");
            return ExitCode.Error;
        }
        catch (Exception exception)
        {
            await environment.Error.WriteLineAsync($"error: {exception.GetType().Name}: {OneLine(exception.Message)}");
            return ExitCode.Error;
        }
    }

    private static RootCommand Build(CliEnvironment environment)
    {
        var root = new RootCommand("Feature flags from the command line: try the demo, serve a flag file, evaluate, watch.")
        {
            DemoCommand.Create(environment),
            ServeCommand.Create(environment),
            EvalCommand.Create(environment),
            WatchCommand.Create(environment),
        };
        root.HelpName = "halyard";
        CliCommand.ShowExamples(root);
        root.SetAction(static result => new HelpAction().Invoke(result));
        return root;
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();
}
