using CsCheck;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests;

/// <summary>What becomes of items that cannot be understood, behind the one door to memory.</summary>
public sealed class QuarantineTests
{
    private readonly MemoryStore _store = new();
    private readonly FlagChanges _changes = new();
    private readonly FakeLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ChangeNotifier _door;
    private IReadOnlyList<QuarantinedItem> _listed = [];
    private int _count;

    public QuarantineTests() => _door = NewDoor(_logger);

    private IEnumerable<string> Keys => _store.Snapshot.Quarantine.Items.Select(item => item.Key).Order();

    private FakeLogRecord[] Lines => [.. _logger.Collector.GetSnapshot()];

    [Fact]
    public void A_malformed_patch_leaves_the_last_good_version_in_force_and_is_one_line()
    {
        _door.Init(Items.Set(Items.Flag("a", 5)));
        Assert.True(_door.Upsert(DataKind.Flag, "a", Bad.Flag("a", 7)));
        Assert.False(_door.Upsert(DataKind.Flag, "a", Bad.Flag("a", 7)));
        Assert.Equal(5, _store.GetFlag("a")!.Version);
        Assert.False(_store.Snapshot.GetFlag("a") is null);
        var line = Assert.Single(Lines);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains("Flag \"a\" (version 7)", line.Message, StringComparison.Ordinal);
        Assert.Contains("flags.a.rules[2].clauses", line.Message, StringComparison.Ordinal);
        Assert.Equal([new(DataKind.Flag, "a", 7, "flags.a.rules[2].clauses", Bad.Flag("a", 7).Problem)], _listed);
        Assert.Equal(1, _count);
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void Versions_at_or_below_the_quarantined_one_are_stale(long version, bool stored)
    {
        foreach (var deletes in new[] { false, true })
        {
            _door.Init(Items.Set(Items.Flag("a", 5)));
            _door.Upsert(DataKind.Flag, "a", Bad.Flag("a", 7));
            Assert.Equal(stored, _door.Upsert(DataKind.Flag, "a", deletes ? Items.NoFlag("a", version) : Items.Flag("a", version)));
            Assert.Equal(stored ? [] : ["a"], Keys);
            Assert.Equal(stored ? version : 5, _store.GetFlag("a")!.Version);
            Assert.Equal(stored ? 0 : 1, _count);
        }
    }

    [Theory]
    [InlineData(4L, false)]
    [InlineData(5L, false)]
    [InlineData(6L, true)]
    [InlineData(null, true)]
    public void A_malformed_version_that_is_not_newer_than_the_good_one_is_stale(long? version, bool quarantined)
    {
        _door.Init(Items.Set(Items.Flag("a", 5)));
        Assert.Equal(quarantined, _door.Upsert(DataKind.Flag, "a", Bad.Flag("a", version)));
        Assert.Equal(quarantined ? ["a"] : [], Keys);
    }

    [Fact]
    public void An_item_without_a_version_makes_no_version_stale()
    {
        _door.Init(Items.Set(Items.Flag("a", 5)));
        _door.Upsert(DataKind.Flag, "a", Bad.Flag("a", null));
        Assert.True(_door.Upsert(DataKind.Flag, "a", Items.Flag("a", 6)));
        Assert.Empty(Keys);
    }

    [Fact]
    public void A_data_set_keeps_the_last_good_version_of_what_is_malformed_in_it_and_ends_every_other_quarantine()
    {
        _door.Init(Items.Set(Items.Flag("a", 5), Items.Flag("b", 5), Items.Segment("s", 5)));
        _door.Upsert(DataKind.Flag, "b", Bad.Flag("b", 6));
        _door.Init(Items.Set(Items.Flag("c", 1)) with { Malformed = [Bad.Flag("a", 9), Bad.Flag("new", 1), Bad.Segment("s", 6)] });
        Assert.Equal(["a", "new", "s"], Keys);
        Assert.Equal(["a", "c"], _store.AllFlags().Select(flag => flag.Key).Order());
        Assert.Equal((5L, 5L), (_store.GetFlag("a")!.Version, _store.GetSegment("s")!.Version));
        _door.Init(Items.Set(Items.Flag("c", 1)));
        Assert.Empty(Keys);
        Assert.Equal(["c"], _store.AllFlags().Select(flag => flag.Key));
        Assert.Empty(_listed);
    }

    /// <summary>From a change of protocol, whose versions are of another count, and from a service that has begun anew.</summary>
    [Theory]
    [InlineData(500, 3, 4L, 5)]
    [InlineData(100, 100, 1L, 2)]
    [InlineData(100, 100, 0L, 1)]
    [InlineData(500, 3, null, 4)]
    public void A_last_good_version_of_another_count_does_not_hold_back_the_item_that_mends_it(long held, long own, long? bad, long good)
    {
        _door.Apply(Items.Full(Items.Flag("a", own).WithVersion(held), Items.Segment("s", own).WithVersion(held)));
        _door.Init(Items.Set(Items.Flag("c", 1)) with { Malformed = [Bad.Flag("a", bad), Bad.Segment("s", bad)] });
        Assert.Equal((own, own), (_store.GetFlag("a")!.Item!.Version, _store.GetSegment("s")!.Item!.Version));
        Assert.Equal(bad is null, _door.Upsert(DataKind.Flag, "a", Items.Flag("a", bad ?? good)));
        Assert.Equal(bad is not null, _door.Upsert(DataKind.Flag, "a", Items.Flag("a", good)));
        Assert.True(_door.Upsert(DataKind.Segment, "s", Items.Segment("s", good)));
        Assert.Equal((good, good), (_store.GetFlag("a")!.Item!.Version, _store.GetSegment("s")!.Item!.Version));
        Assert.Empty(Keys);
    }

    /// <summary>The version that the next one is compared with may be lowered, which is nothing to a reader.</summary>
    [Theory]
    [InlineData(7L)]
    [InlineData(5L)]
    [InlineData(1L)]
    [InlineData(null)]
    public async Task A_set_that_leaves_the_last_good_version_in_force_announces_no_change_of_it(long? bad)
    {
        await using var announced = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var others = Items.Flag("c", 1);
        _door.Init(Items.Set(Items.Flag("a", 3).WithVersion(5), Items.Segment("s", 3).WithVersion(5), others));
        _changes.Publish(new(["first"]));
        do
        {
            Assert.True(await announced.MoveNextAsync());
        }
        while (!announced.Current.Keys.Contains("first"));

        for (var i = 0; i < 3; i++)
        {
            _door.Init(Items.Set(others) with { Malformed = [Bad.Flag("a", bad), Bad.Segment("s", bad)] });
        }

        _changes.Publish(new(["marker"]));
        Assert.True(await announced.MoveNextAsync());
        Assert.Equal(["marker"], announced.Current.Keys);
    }

    [Fact]
    public void A_payload_polled_again_and_again_is_logged_once_for_each_version()
    {
        for (var i = 0; i < 5; i++)
        {
            _door.Init(Items.Set(Items.Flag("c", 1)) with { Malformed = [Bad.Flag("a", 9), Bad.Flag("b", null)] });
        }

        Assert.Equal(2, Lines.Length);
        _door.Init(Items.Set() with { Malformed = [Bad.Flag("a", 10)] });
        _door.Init(Items.Set(Items.Flag("a", 11)));
        _door.Init(Items.Set() with { Malformed = [Bad.Flag("a", 10)] });
        Assert.Equal(3, Lines.Length);
    }

    [Fact]
    public void A_change_set_applies_what_is_good_and_the_last_item_of_a_key_counts()
    {
        _door.Apply(Items.Full(Items.Flag("a", 5), Items.Flag("b", 5)));
        _door.Apply(new(ChangeSetKind.Partial, [Bad.Flag("a", 2), Items.Flag("b", 6), Bad.Flag("c", 1), Items.Flag("c", 1)], new("s", 2)));
        Assert.Equal(["a"], Keys);
        Assert.Equal((5L, 6L, 1L), (_store.GetFlag("a")!.Version, _store.GetFlag("b")!.Version, _store.GetFlag("c")!.Version));
        Assert.Equal("s", _store.Snapshot.Selector.State);
        _door.Apply(Items.Full(Items.Flag("b", 6), Bad.Flag("a", 3)));
        Assert.Equal(5, _store.GetFlag("a")!.Version);
        _door.Apply(ChangeSet.Nothing());
        Assert.Equal(["a"], Keys);
        _door.Apply(Items.Partial(Items.Flag("a", 1), Items.NoFlag("b", 1)));
        Assert.Empty(Keys);
        _door.Apply(Items.Partial(Bad.Flag("b", 9)));
        _door.Apply(Items.Full(Items.Flag("a", 1)));
        Assert.Empty(Keys);
    }

    [Fact]
    public async Task Only_what_is_good_is_announced()
    {
        await using var heard = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _door.Apply(Items.Full(Items.Flag("a", 1), Items.Flag("b", 1)));
        Assert.True(await heard.MoveNextAsync());
        _door.Upsert(DataKind.Flag, "a", Bad.Flag("a", 2));
        _door.Apply(Items.Partial(Bad.Flag("a", 3)));
        _door.Apply(Items.Partial(Bad.Flag("a", 4), Items.Flag("b", 2)));
        Assert.True(await heard.MoveNextAsync());
        Assert.Equal(["b"], heard.Current.Keys);
    }

    [Fact]
    public void A_hundred_thousand_malformed_items_are_counted_exactly_and_cost_a_hundred_lines()
    {
        var template = Bad.Flag("x", 1);
        MalformedItem[] items =
        [
            .. Enumerable.Range(0, 100_000).Select(i => MalformedItem.Of(
                DataKind.Flag, $"k{i}", 1, new(template.Problem, template.Path), template.Text)),
        ];
        _door.Init(Items.Set(Items.Flag("good", 1)) with { Malformed = items });
        Assert.Equal(100_000, _count);
        Assert.Equal(QuarantineLedger.MaxListed, _listed.Count);
        Assert.Equal(LineBudget.LinesAMinute + 1, Lines.Length);
        Assert.Contains("100000", Lines[^1].Message, StringComparison.Ordinal);
        Assert.NotNull(_store.GetFlag("good"));

        // The same again is no news.
        _door.Init(Items.Set(Items.Flag("good", 2)) with { Malformed = items });
        Assert.Equal(LineBudget.LinesAMinute + 1, Lines.Length);
        _time.Advance(TimeSpan.FromMinutes(2));
        _door.Upsert(DataKind.Flag, "late", Bad.Flag("late", 1));
        Assert.Contains("99900 more", Lines[^2].Message, StringComparison.Ordinal);
        Assert.Contains("\"late\"", Lines[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_kept_up_to_a_limit_and_then_all_is_sent_anew()
    {
        var text = new byte[MalformedItem.MaxTextBytes];
        MalformedItem Large(int i) => MalformedItem.Of(DataKind.Flag, $"k{i}", 1, new("bad", "p"), text);
        for (var i = 0; i < 16; i++)
        {
            _door.Upsert(DataKind.Flag, $"k{i}", Large(i));
            Assert.True(_store.Snapshot.Quarantine.HasAllTexts);
        }

        _door.Upsert(DataKind.Flag, "k16", Large(16));
        Assert.False(_store.Snapshot.Quarantine.HasAllTexts);
        _door.Upsert(DataKind.Flag, "k16", Items.Flag("k16", 2));
        Assert.True(_store.Snapshot.Quarantine.HasAllTexts);
    }

    [Fact]
    public void A_logger_that_throws_keeps_nothing_out()
    {
        var door = NewDoor(new ThrowingLogger());
        door.Init(Items.Set(Items.Flag("a", 1)) with { Malformed = [Bad.Flag("b", 1)] });
        Assert.True(door.Upsert(DataKind.Flag, "c", Bad.Flag("c", 1)));
        Assert.Equal(["b", "c"], Keys);
        Assert.Equal(2, _count);
    }

    [Fact]
    public void Of_a_key_that_stands_in_a_data_set_more_than_once_the_last_counts_be_it_good_or_malformed()
    {
        Gen.Bool.Array[1, 6].Sample(goods =>
        {
            var members = goods.Select((good, i) => good ? $$"""
                "a":{"key":"a","version":{{i + 1}}}
                """ : $"\"a\":{Bad.Json("a", i + 1)}");
            var set = ModelReader.ReadDataSet(System.Text.Encoding.UTF8.GetBytes("{\"flags\":{" + string.Join(",", members) + ",\"b\":{\"key\":\"b\",\"version\":1}}}"));
            Assert.Contains(set.Flags, flag => flag.Key == "b");
            if (goods[^1])
            {
                Assert.Empty(set.Malformed);
                Assert.Equal(goods.Length, Assert.Single(set.Flags, flag => flag.Key == "a").Version);
            }
            else
            {
                Assert.Equal(goods.Length, Assert.Single(set.Malformed).Version);
                Assert.DoesNotContain(set.Flags, flag => flag.Key == "a");
            }
        });
    }

    private ChangeNotifier NewDoor(ILogger logger) => new(
        _store, _store, _changes, ledger: new(logger, _time, (items, count) => (_listed, _count) = (items, count)));
}
