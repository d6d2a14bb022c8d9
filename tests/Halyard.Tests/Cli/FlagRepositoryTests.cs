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

    private static ItemDescriptor Flag(string key, long version, bool on = false) => ModelReader.ReadItem(
        DataKind.Flag, key, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}},"on":{{(on ? "true" : "false")}}}"""));
}
