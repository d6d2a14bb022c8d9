using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Halyard.Cli;

/// <summary>The <c>halyard</c> command line.</summary>
internal static class HalyardTool
{
    /// <summary>How long a command may take to end after Ctrl+C.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    // A leading @ belongs to --context, not to files of arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs one command line and gives its exit code; never throws.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliEnvironment environment, CancellationToken cancellationToken = default)
    {
        try
        {
            // The parser wants to know where in the line the cursor is; without a number it would suggest for its beginning.
            var words = args is ["[suggest]", var line] ? [$"[suggest:{line.Length}]", line] : args;
            var result = Build(environment).Parse(words, Parsing);
            if (result.Errors.Count != 0)
            {
                var command = result.CommandResult.Command is RootCommand ? "halyard" : $"halyard {result.CommandResult.Command.Name}";
                throw new CliException($"{Suggestions.Problem(result) ?? InPlainWords(result.Errors[0].Message)} See {command} --help.", ExitCode.Usage);
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
            await environment.Error.WriteLineAsync($"error: {OneLine.Of(exception.Message).Trim()}");
            return exception.Code;
        }
        catch (OperationCanceledException)
        {
            await environment.Error.WriteLineAsync("error: Cancelled.");
            return ExitCode.Error;
        }
        catch (Exception exception)
        {
            await environment.Error.WriteLineAsync($"error: {exception.GetType().Name}: {OneLine.Of(exception.Message).Trim()}");
            return ExitCode.Error;
        }
    }

    private static RootCommand Build(CliEnvironment environment)
    {
        var root = new RootCommand("Feature flags from the command line: try the demo, serve a flag file, evaluate, watch, fill a store.")
        {
            DemoCommand.Create(environment),
            ServeCommand.Create(environment),
            EvalCommand.Create(environment),
            WatchCommand.Create(environment),
            StatusCommand.Create(environment),
            SyncCommand.Create(environment),
            PullCommand.Create(environment),
            CompletionCommand.Create(environment),
        };
        root.HelpName = "halyard";
        CliCommand.ShowExamples(root);
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();
        root.SetAction(static result => new HelpAction().Invoke(result));
        return root;
    }

    // The parser's own messages name .NET types, which mean nothing to a person who typed a number.
    private static string InPlainWords(string message) => message
        .Replace("as expected type 'System.Double'", "as a number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Nullable`1[System.Double]'", "as a number", StringComparison.Ordinal);

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"halyard {CliVersion.Text}");
            return ExitCode.Ok;
        }
    }
}
