using Halyard.Cli;

namespace Halyard.Tests.Cli;

public class WatchBoardTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_look_fills_the_board_and_is_no_change()
    {
        var board = new WatchBoard([]);
        Assert.Empty(board.Update(Readings(("a", true), ("b", false)), Noon));
        Assert.Equal(["a", "b"], board.Flags.Select(static flag => flag.Key));
    }

    [Fact]
    public void Changes_say_what_was_and_what_is_and_come_first()
    {
        var board = new WatchBoard([]);
        board.Update(Readings(("a", true), ("b", false)), Noon);

        var changed = Assert.Single(board.Update(Readings(("a", true), ("b", true)), Noon.AddSeconds(1)));
        Assert.Equal("false → true", changed.Change);
        Assert.Equal(["b", "a"], board.Flags.Select(static flag => flag.Key));
    }

    [Fact]
    public void Flags_come_and_go()
    {
        var board = new WatchBoard([]);
        board.Update(Readings(("a", true)), Noon);

        Assert.Equal(["true → deleted", "new: 5"], board.Update(Readings(("b", 5)), Noon).Select(static flag => flag.Change));
    }

    [Fact]
    public void Only_chosen_flags_are_watched_also_before_they_exist()
    {
        var board = new WatchBoard(["later"]);
        board.Update(Readings(("a", true)), Noon);
        Assert.Null(Assert.Single(board.Flags).Now);

        Assert.Equal("later", Assert.Single(board.Update(Readings(("a", false), ("later", 1)), Noon)).Key);
    }

    [Fact]
    public void A_new_reason_for_the_same_value_is_a_change()
    {
        var board = new WatchBoard([]);
        board.Update(new Dictionary<string, FlagReading> { ["a"] = new("a", 1, true, 0, EvaluationReason.Fallthrough) }, Noon);
        var changed = board.Update(new Dictionary<string, FlagReading> { ["a"] = new("a", 2, true, 0, EvaluationReason.TargetMatch) }, Noon);
        Assert.Equal("true, by FALLTHROUGH → TARGET_MATCH", Assert.Single(changed).Change);
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(119, "119 s")]
    [InlineData(600, "10 min")]
    [InlineData(86400, "24 h")]
    public void Ages_are_given_in_a_fitting_unit(double seconds, string text) =>
        Assert.Equal(text, WatchTable.Age(TimeSpan.FromSeconds(seconds)));

    private static Dictionary<string, FlagReading> Readings(params (string Key, Value Value)[] flags) =>
        flags.ToDictionary(static flag => flag.Key, static flag => new FlagReading(flag.Key, 1, flag.Value, 0, EvaluationReason.Fallthrough));
}
