using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Halyard.Cli;

/// <summary>A command whose help ends in examples and notes.</summary>
internal sealed class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines to copy, each with what it does.</summary>
    public IReadOnlyList<(string Line, string Meaning)> Examples { get; init; } = [];

    /// <summary>Lines below the examples, such as exit codes.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Makes the help of all commands show their examples and notes.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpWithExamples((HelpAction)option.Action!);
    }

    /// <summary>Adds an argument that does not take a mistyped option for a value.</summary>
    public void AddArgument(Argument argument)
    {
        argument.Validators.Add(static result =>
        {
            if (result.Tokens.FirstOrDefault(static token => token.Value.StartsWith('-')) is { } option)
            {
                result.AddError($"Unknown option {option.Value}.");
            }
        });
        Add(argument);
    }

    private void WriteExamples(TextWriter output)
    {
        if (Examples.Count != 0)
        {
            output.WriteLine("Examples:");
            foreach (var (line, meaning) in Examples)
            {
                output.WriteLine($"  # {meaning}");
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        foreach (var line in Notes)
        {
            output.WriteLine(line);
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is CliCommand command)
            {
                command.WriteExamples(parseResult.InvocationConfiguration.Output);
            }

            return code;
        }
    }
}
