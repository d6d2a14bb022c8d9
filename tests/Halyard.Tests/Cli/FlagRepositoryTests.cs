using System.Text;
using Halyard.Cli;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Tests.Cli;

public class FlagRepositoryTests
{
    private readonly FlagRepository _repository = new();

    [Fact]
    public void Every_change_is_a_revision_and_items_remember_theirs()
    {
        _repository.Apply([Flag("a", 1), Flag("b", 1)]);
        _repository.Apply([Flag("b", 1, on: true)]);

        Assert.Equal(2, _repository.Current.Revision);
        Assert.Equal(1, _repository.Current.Flags["a"].Revision);
        Assert.Equal(2, _repository.Current.Flags["b"].Revision);
    }

    [Fact]
    public void A_changed_item_is_newer_even_when_it_says_otherwise()
    {
        _repository.Apply([Flag("a", 10)]);
        _repository.Apply([Flag("a", 3, on: true)]);
        Assert.Equal(11, _repository.Current.Flags["a"].Version);

        _repository.Apply([Flag("a", 50)]);
        Assert.Equal(50, _repository.Current.Flags["a"].Version);
        Assert.Contains("\"version\":50", Encoding.UTF8.GetString(_repository.Current.Flags["a"].Json!), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_held_already_changes_nothing_whatever_its_version()
    {
        _repository.Apply([Flag("a", 1)]);
        var before = _repository.Current;

        Assert.Null(_repository.Apply([Flag("a", 9), ItemDescriptor.Tombstone(DataKind.Segment, "never-there", 5)]));
        Assert.Same(before, _repository.Current);
    }

    [Fact]
    public void Announcements_come_in_order_after_the_data_is_visible()
    {
        var seen = new List<(long Announced, long Visible)>();
        _repository.Changed += change => seen.Add((change.Revision, _repository.Current.Revision));
        _repository.Apply([Flag("a", 1), Flag("b", 1)]);
        _repository.Apply([ItemDescriptor.Tombstone(DataKind.Flag, "a", 0)]);

        Assert.Equal([(1, 1), (2, 2)], seen);
        Assert.True(_repository.Current.Flags["a"].IsTombstone);
        Assert.Equal(2, _repository.Current.Flags["a"].Version);
        Assert.Null(_repository.Current.Find(DataKind.Flag, "a"));
        Assert.Equal(1, _repository.Current.CountLive(DataKind.Flag));
    }

    [Fact]
    public void Who_follows_has_a_change_before_it_is_announced_and_the_data_before_it_counts_as_complete()
    {
        var told = new List<string>();
        _repository.Changed += change => told.Add($"announced {change.Revision}");
        _repository.Apply([Flag("a", 1)]);
        _repository.Follow(snapshot => told.Add($"complete {snapshot.Revision} {_repository.IsComplete}"), change => told.Add($"followed {change.Revision}"));
        _repository.Complete();
        _repository.Apply([Flag("b", 1)]);
        Assert.Equal(["announced 1", "complete 1 False", "followed 2", "announced 2"], told);
    }

    [Fact]
    public void A_version_that_was_kept_is_never_gone_below()
    {
        var state = new EnvironmentState();
        state.Load([ItemOverride.Read(DataKind.Flag, "a", "{\"value\":7}"u8.ToArray())], [((DataKind.Flag, "a"), 9)]);
        var repository = new FlagRepository(state);

        // Before there is any data, so that nothing was served yet.
        Assert.NotNull(repository.RemoveOverride(DataKind.Flag, "a"));
        Assert.Equal(9, state.Versions[(DataKind.Flag, "a")]);
        repository.Apply([Flag("a", 1)]);
        Assert.Equal(10, repository.Current.Flags["a"].Version);
    }

    [Fact]
    public void The_highest_version_stays_the_highest()
    {
        _repository.Apply([Flag("a", long.MaxValue)]);
        _repository.Apply([Flag("a", 1, on: true)]);
        Assert.Equal(long.MaxValue, _repository.Current.Flags["a"].Version);
        Assert.Equal(long.MaxValue, new FlagEditor(_repository).Delete(DataKind.Flag, "a")!.Version);
    }

    [Fact]
    public void An_edit_that_fails_leaves_everything_as_it_was()
    {
        _repository.Apply([Flag("a", 1)]);
        var before = _repository.Current;

        Assert.Throws<WriteBackException>(() => _repository.Edit(
            DataKind.Flag, "a", _ => Flag("a", 1, on: true), (_, _) => throw new WriteBackException("full")));
        Assert.Same(before, _repository.Current);
    }

    [Fact]
    public void The_entity_tag_names_the_content()
    {
        _repository.Apply([Flag("a", 1)]);
        var other = new FlagRepository();
        other.Apply([Flag("x", 1)]);
        other.Apply([ItemDescriptor.Tombstone(DataKind.Flag, "x", 2), Flag("a", 1)]);

        Assert.Equal(_repository.Current.EntityTag, other.Current.EntityTag);
        other.Apply([Flag("a", 1, on: true)]);
        Assert.NotEqual(_repository.Current.EntityTag, other.Current.EntityTag);
    }

    [Theory]
    [InlineData(65)]
    [InlineData(999)]
    public void An_item_of_any_depth_is_served_and_overridden_like_any_other(int levels)
    {
        var deep = new string('[', levels) + new string(']', levels);
        _repository.Apply([Item(DataKind.Flag, "deep", $$"""{"key":"deep","version":1,"variations":[{{deep}}],"unknown":{{deep}}}"""), Flag("a", 1)]);
        _repository.Apply([Item(DataKind.Flag, "deep", $$"""{"key":"deep","version":2,"variations":[{{deep}},1]}""")]);
        Assert.Equal(2, _repository.Current.CountLive(DataKind.Flag));
        Assert.Contains(deep, Encoding.UTF8.GetString(_repository.Current.DataJson.Span), StringComparison.Ordinal);

        _repository.SetOverride(ItemOverride.Read(DataKind.Flag, "deep", "{\"value\":7}"u8.ToArray()));
        Assert.Contains(deep, Text("deep"), StringComparison.Ordinal);
        _repository.SetOverride(ItemOverride.Read(DataKind.Flag, "a", Encoding.UTF8.GetBytes($$"""{"value":{{deep}}}""")));
        _repository.SetOverride(ItemOverride.Read(DataKind.Flag, "deep", Encoding.UTF8.GetBytes($$"""{"value":{{deep}}}""")));
        Assert.Contains("\"offVariation\":", Text("deep"), StringComparison.Ordinal);
        _repository.RemoveOverride(DataKind.Flag, "deep");
        Assert.Equal(5, _repository.Current.Flags["deep"].Version);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_an_item_keeps_no_other_from_being_served()
    {
        _repository.Apply([
            Item(DataKind.Flag, "odd", """{"key":"odd","version":1,"salt":"\ud800","variations":["\udc00",{"\ud800":1}],"\ud800":{"\udc00":"\ud800"}}"""),
            Flag("a", 1),
        ]);
        _repository.SetOverride(ItemOverride.Read(DataKind.Flag, "odd", "{\"value\":7}"u8.ToArray()));
        _repository.Apply([Item(DataKind.Flag, "odd", """{"key":"odd","version":2,"salt":"\udc00"}""")]);
        Assert.Equal(["a", "odd"], _repository.Current.Flags.Keys);
        Assert.Contains("\"odd\":{", Encoding.UTF8.GetString(_repository.Current.DataJson.Span), StringComparison.Ordinal);
    }

    private string Text(string flag) => Encoding.UTF8.GetString(_repository.Current.Flags[flag].Json!);

    private static ItemDescriptor Item(DataKind kind, string key, string json) => ItemDescriptor.FromJson(kind, key, Encoding.UTF8.GetBytes(json));

    private static ItemDescriptor Flag(string key, long version, bool on = false) => ModelReader.ReadItem(
        DataKind.Flag, key, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}},"on":{{(on ? "true" : "false")}}}"""));
}
