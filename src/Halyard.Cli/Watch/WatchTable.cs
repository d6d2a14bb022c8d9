using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Halyard.Cli;

/// <summary>Draws a watch: the source's state above, the flags below.</summary>
internal static class WatchTable
{
    // A row that keeps to one line can be followed by eye; long JSON values are for eval.
    private const int ValueLimit = 32;
    private const int ChangeLimit = 48;

    // Below this five columns would break every word.
    private const int NarrowWidth = 100;
    private const int Frame = 7;

    /// <summary>How long a change stays highlighted.</summary>
    private static readonly TimeSpan Highlight = TimeSpan.FromSeconds(5);

    public static IRenderable Draw(WatchBoard board, DataSourceStatus status, string source, DateTimeOffset now, int width)
    {
        if (width < NarrowWidth)
        {
            return new Rows(Header(status, source, now), DrawNarrow(board, now, width));
        }

        var table = FlagTable.Create("flag", "value", "version", "reason", "last change");
        table.Expand();
        foreach (var flag in board.Flags)
        {
            var fresh = flag.ChangedAt is { } at && now - at < Highlight;
            table.AddRow(
                new Text(flag.Key, fresh ? new Style(Color.Yellow, decoration: Decoration.Bold) : Style.Plain),
                flag.Now is null ? new Text("no such flag", Color.Grey) : FlagTable.Value(flag.Now.Value, ValueLimit),
                new Text(flag.Now?.Version.ToString(CultureInfo.InvariantCulture) ?? ""),
                flag.Now is null ? Text.Empty : FlagTable.Reason(flag.Now.Reason),
                flag.ChangedAt is { } changed
                    ? new Text($"{Age(now - changed)} ago: {FlagTable.Short(flag.Change, ChangeLimit)}", fresh ? Color.Yellow : Color.Grey)
                    : new Text("-", Color.Grey));
        }

        return new Rows(Header(status, source, now), table);
    }

    // Two columns: the flag with its reason below, the value with its change below. Nothing is broken within a line.
    private static Table DrawNarrow(WatchBoard board, DateTimeOffset now, int width)
    {
        var half = Math.Max(8, (width - Frame) / 2);
        var table = FlagTable.Create("flag", "value");
        table.Expand();
        foreach (var flag in board.Flags)
        {
            var fresh = flag.ChangedAt is { } at && now - at < Highlight;
            table.AddRow(
                new Rows(
                    new Text(FlagTable.Short(flag.Key, half), fresh ? new Style(Color.Yellow, decoration: Decoration.Bold) : Style.Plain),
                    new Text(FlagTable.Short(flag.Now?.Reason.ToString() ?? "no such flag", half), Color.Grey)),
                new Rows(
                    flag.Now is null ? Text.Empty : FlagTable.Value(flag.Now.Value, half),
                    flag.ChangedAt is { } changed
                        ? new Text(FlagTable.Short($"{Age(now - changed)} ago: {flag.Change}", half), fresh ? Color.Yellow : Color.Grey)
                        : new Text("-", Color.Grey)));
        }

        return table;
    }

    /// <summary>The state in words: <c>VALID for 2 min by fdv2-streaming; data 3 s old</c>.</summary>
    public static string Describe(DataSourceStatus status, DateTimeOffset now)
    {
        var text = $"{Name(status.State)} for {Age(now - status.StateSince)}";
        if (status.Active?.Name is { } active)
        {
            text += $" by {active}";
        }

        if (status.DataUpdatedAt is { } updated)
        {
            text += $"; data {Age(now - updated)} old";
        }

        return status.State is not DataSourceState.Valid && status.LastError is { } error ? $"{text}; {error.Message}" : text;
    }

    public static string Name(DataSourceState state) => state.ToString().ToUpperInvariant();

    /// <summary>A span in the largest unit that says enough.</summary>
    public static string Age(TimeSpan span) => span switch
    {
        _ when span < TimeSpan.FromSeconds(10) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalSeconds):0.0} s"),
        _ when span < TimeSpan.FromMinutes(2) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
        _ when span < TimeSpan.FromHours(2) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h"),
    };

    private static Text Header(DataSourceStatus status, string source, DateTimeOffset now) => new(
        $"{source}: {Describe(status, now)}",
        status.State switch
        {
            DataSourceState.Valid => Color.Green,
            DataSourceState.Off => Color.Red,
            _ => Color.Yellow,
        });
}
