using System.Globalization;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary>How the demo talks.</summary>
internal sealed class DemoPrinter(IAnsiConsole console)
{
    private int _step;

    public void Title(string title, string subtitle)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold aqua]{title}[/]");
        console.MarkupLineInterpolated($"[grey]{subtitle}[/]");
    }

    public void Step(string heading)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{++_step}. {heading}[/]");
    }

    public void Say(FormattableString text) => console.MarkupLine("   " + Escape(text));

    /// <summary>States what was expected and has come true.</summary>
    public void Done(FormattableString text) => console.MarkupLine($" [green]✓[/] {Escape(text)}");

    /// <summary>A line of a table that grows as things happen.</summary>
    public void Row(string what, string outcome, Color color, string more) =>
        console.MarkupLine($"   {Markup.Escape(what),-42} [{color.ToMarkup()}]{Markup.Escape(outcome),-9}[/] {Markup.Escape(more)}");

    public void Show(Table table) => console.Write(new Padder(table, new Padding(1, 0, 0, 0)));

    /// <summary>States what was expected, or ends the demo with what came instead.</summary>
    /// <exception cref="CliException">The expectation is not met.</exception>
    public void Expect<T>(T expected, T actual, FormattableString what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            console.MarkupLine($" [red]✗[/] {Escape(what)}");
            throw new CliException(string.Create(CultureInfo.InvariantCulture, $"The demo expected {what.ToString(CultureInfo.InvariantCulture)}: {expected}, but got: {actual}."));
        }
    }

    /// <summary>Waits for what must come soon.</summary>
    /// <exception cref="CliException">It did not come.</exception>
    public async Task<T> ExpectSoonAsync<T>(Task<T> task, TimeSpan limit, FormattableString what, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            console.MarkupLine($" [red]✗[/] {Escape(what)}");
            throw new CliException(string.Create(CultureInfo.InvariantCulture, $"The demo expected {what.ToString(CultureInfo.InvariantCulture)} within {limit.TotalSeconds:0} s, and it did not happen."));
        }
    }

    public static string Milliseconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.0} ms");

    public static string Microseconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:#,0} µs");

    private static string Escape(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
