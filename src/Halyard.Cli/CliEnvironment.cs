using Spectre.Console;

namespace Halyard.Cli;

/// <summary>What a command writes to, and the clock it lives by.</summary>
internal sealed class CliEnvironment
{
    // A table in a file or a pipe has no window to fit.
    private const int RedirectedWidth = 160;

    private CliEnvironment(TextWriter output, TextWriter error, IAnsiConsole console, bool isTerminal)
    {
        Output = output;
        Error = error;
        Console = console;
        IsTerminal = isTerminal;
    }

    /// <summary>Plain text and JSON, never wrapped.</summary>
    public TextWriter Output { get; }

    /// <summary>Errors and warnings.</summary>
    public TextWriter Error { get; }

    /// <summary>Tables and colours over <see cref="Output"/>.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Whether the output is a terminal, so that colours and live redrawing make sense.</summary>
    public bool IsTerminal { get; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The process's own console.</summary>
    public static CliEnvironment OfProcess()
    {
        var console = AnsiConsole.Console;
        var isTerminal = !System.Console.IsOutputRedirected;
        if (!isTerminal)
        {
            console.Profile.Width = RedirectedWidth;
        }

        // A terminal that cannot move its cursor gets lines, as a file does.
        return new(System.Console.Out, System.Console.Error, console, isTerminal && console.Profile.Capabilities.Ansi);
    }

    /// <summary>Plain text without colours, as in a pipe.</summary>
    public static CliEnvironment Of(TextWriter output, TextWriter error, TimeProvider? timeProvider = null)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = RedirectedWidth;
        return new(output, error, console, isTerminal: false) { TimeProvider = timeProvider ?? TimeProvider.System };
    }
}
