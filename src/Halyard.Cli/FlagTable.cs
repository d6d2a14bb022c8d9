using System.Globalization;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary>How flags look in tables.</summary>
internal static class FlagTable
{
    public static Table Create(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(column)}[/]"));
        }

        return table;
    }

    /// <summary>A table of readings: flag, value, variation, reason.</summary>
    public static Table Of(IEnumerable<FlagReading> readings)
    {
        var table = Create("flag", "value", "variation", "reason");
        foreach (var reading in readings)
        {
            table.AddRow(new Text(reading.Key), Value(reading.Value), Variation(reading.Variation), Reason(reading.Reason));
        }

        return table;
    }

    /// <summary>A value in the colour of its kind.</summary>
    /// <param name="value">The value.</param>
    /// <param name="limit">How many characters are shown at most.</param>
    public static Text Value(Value value, int limit = int.MaxValue) => new(Short(value.ToString(), limit), value.Kind switch
    {
        ValueKind.Bool => value.AsBool ? Color.Green : Color.Red,
        ValueKind.Null => Color.Grey,
        _ => Color.Aqua,
    });

    /// <summary>The text, cut to the limit and marked where it is cut.</summary>
    public static string Short(string text, int limit) => text.Length <= limit ? text : string.Concat(text.AsSpan(0, limit - 1), "…");

    public static Text Variation(int? variation) => new(variation?.ToString(CultureInfo.InvariantCulture) ?? "-");

    public static Text Reason(EvaluationReason reason) =>
        new(reason.ToString(), reason.Kind == EvaluationReasonKind.Error ? Color.Red : Color.Grey);
}
