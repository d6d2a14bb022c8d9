using Halyard.Cli;
using Spectre.Console.Testing;

namespace Halyard.Tests.Cli;

public sealed class WatchTableTests
{
    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(200)]
    public void A_watch_keeps_to_any_window_and_shows_flag_value_reason_and_change(int width)
    {
        var now = DateTimeOffset.UnixEpoch;
        var board = new WatchBoard([]);
        board.Update(new Dictionary<string, FlagReading> { ["checkout"] = new("checkout", 1, false, 0, EvaluationReason.Off) }, now);
        board.Update(new Dictionary<string, FlagReading> { ["checkout"] = new("checkout", 2, true, 1, EvaluationReason.Fallthrough) }, now);
        var status = new DataSourceStatus(DataSourceState.Valid, now, null, now);
        using var console = new TestConsole();
        console.Profile.Width = width;

        console.Write(WatchTable.Draw(board, status, "flags.json", now.AddSeconds(1), width));

        Assert.All(console.Lines, line => Assert.InRange(line.Length, 0, width));
        foreach (var word in new[] { "checkout", "true", "FALLTHROUGH", "1.0 s ago" })
        {
            Assert.Contains(console.Lines, line => line.Contains(word, StringComparison.Ordinal));
        }
    }
}
