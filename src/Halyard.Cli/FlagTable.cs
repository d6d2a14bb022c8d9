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

    public static Text Value(Value value) => new(value.ToString(), value.Kind switch
    {
        ValueKind.Bool => value.AsBool ? Color.Green : Color.Red,
        ValueKind.Null => Color.Grey,
        _ => Color.Aqua,
    });

    public static Text Variation(int? variation) => new(variation?.ToString(CultureInfo.InvariantCulture) ?? "-");

    public static Text Reason(EvaluationReason reason) =>
        new(reason.ToString(), reason.Kind == EvaluationReasonKind.Error ? Color.Red : Color.Grey);
}
