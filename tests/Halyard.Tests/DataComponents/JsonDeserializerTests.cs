using System.Text;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.LazyLoading;

public sealed class JsonDeserializerTests : IAsyncDisposable
{
    private readonly FakeLogger _logger = new();
    private readonly StoreOfText _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private JsonDeserializer Reader => field ??= new JsonDeserializer(_store, _logger);

    public ValueTask DisposeAsync() => Reader.DisposeAsync();

    [Fact]
    public async Task A_regular_expression_that_may_run_away_is_logged_once()
    {
        _store.Items[(DataKind.Flag, "a")] = new(
            1, false, """{"key":"a","version":1,"rules":[{"clauses":[{"attribute":"x","op":"matches","values":["(a)\\1"]}]}]}"""u8.ToArray());
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        Assert.Equal(1, _logger.Collector.Count);
        Assert.Contains("rules[0].clauses[0]", _logger.LatestRecord.Message, StringComparison.Ordinal);
    }

    /// <summary>The version is found whatever else is in the item: deep nesting and names that are no Unicode.</summary>
    [Fact]
    public async Task A_deleted_item_of_odd_content_keeps_its_version()
    {
        var deep = new string('[', 900) + new string(']', 900);
        _store.Items[(DataKind.Flag, "a")] = new(
            0, true, Encoding.UTF8.GetBytes("{\"\\ud800xxx\":1,\"deep\":" + deep + ",\"version\":7}"));
        Assert.Equal(7, (await Reader.GetAsync(DataKind.Flag, "a", Token)).Item!.Version);
    }

    /// <summary>A writer that compares versions sees the one that readers see, however often and in whatever way it is written.</summary>
    [Theory]
    [InlineData("""{"key":"a","version":92233720368547708.0}""", 92_233_720_368_547_708)]
    [InlineData("""{"key":"a","version":9007199254740993e0}""", 9_007_199_254_740_993)]
    [InlineData("""{"key":"a","version":9223372036854775807.0}""", long.MaxValue)]
    [InlineData("""{"key":"a","version":1e-400}""", 0)]
    [InlineData("""{"key":"a","version":3,"version":7}""", 7)]
    [InlineData("""{"version":7,"key":"a","rules":[],"version":3.0}""", 3)]
    [InlineData("""{"key":"a","version":null,"version":7}""", 7)]
    public async Task A_version_is_found_as_readers_see_it(string text, long expected)
    {
        _store.Put(DataKind.Flag, "a", text);
        Assert.Equal(expected, (await Reader.GetAsync(DataKind.Flag, "a", Token)).Item!.Version);
        Assert.Equal(expected, ItemVersion.Find(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("""{"key":"a","version":3,"version":null}""", null)]
    [InlineData("""{"key":"a","version":3,"version":"x"}""", null)]
    [InlineData("""{"key":"a","version":3,"on":tr""", 3)]
    [InlineData("""{"key":"a","version":""", null)]
    [InlineData("""{"key":"a","version":7.5}""", null)]
    [InlineData("""{"key":"a","version":1e19}""", null)]
    [InlineData("""{"key":"a","version":1e400}""", null)]
    public void The_version_of_a_damaged_item_is_what_stands_before_the_damage(string text, int? expected) =>
        Assert.Equal(expected, (int?)ItemVersion.Find(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("""{"version":7,"deleted":true}""", 0, false, 7)]
    [InlineData("""{"key":"a","version":7,"deleted":true}""", 0, false, 7)]
    [InlineData("""{"key":"$deleted","version":7,"deleted":true,"on":true,"included":["x"],"variations":[1]}""", 0, false, 7)]
    [InlineData("""{"key":"$deleted","version":7,"deleted":true}""", 7, true, 7)]
    [InlineData("null", 7, false, 7)]
    [InlineData(" null\n", 7, false, 7)]
    [InlineData("", 7, true, 7)]
    [InlineData("", 0, true, 0)]
    [InlineData("""{"salt":{"version":3},"version":7}""", 0, true, 7)]
    [InlineData("this is not json", 0, true, 0)]
    [InlineData("""{"version":"x"}""", 0, true, 0)]
    public async Task Every_shape_of_tombstone_is_one(string text, long version, bool deleted, long expected)
    {
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            _store.Items[(kind, "a")] = new(version, deleted, Encoding.UTF8.GetBytes(text));
            var read = await Reader.GetAsync(kind, "a", Token);
            Assert.Equal(ReadOutcome.Found, read.Outcome);
            Assert.True(read.Item!.IsTombstone);
            Assert.Equal(("a", kind, expected), (read.Item.Key, read.Item.Kind, read.Item.Version));
        }

        Assert.Empty(_logger.Collector.GetSnapshot());
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 3)]
    [InlineData(5, 5)]
    public async Task The_version_is_the_stores_or_else_the_texts(long storeVersion, long expected)
    {
        _store.Put(DataKind.Flag, "a", """{"key":"a","version":3,"on":true}""", storeVersion);
        var read = await Reader.GetAsync(DataKind.Flag, "a", Token);
        Assert.Equal(expected, read.Item!.Version);
        Assert.True(((ItemDescriptor<Flag>)read.Item).Item!.On);
    }

    [Fact]
    public async Task Items_read_together_keep_the_order_of_their_keys_and_their_outcomes()
    {
        _store.Put(DataKind.Flag, "a", """{"key":"a","version":3}""");
        _store.Put(DataKind.Flag, "bad", "{");
        _store.Put(DataKind.Flag, "gone", "null", 7);
        Assert.Equal(9, Reader.LargestBatch);
        var read = await Reader.GetManyAsync(DataKind.Flag, ["gone", "nowhere", "a", "bad"], Token);
        Assert.Equal([ReadOutcome.Found, ReadOutcome.Absent, ReadOutcome.Found, ReadOutcome.Malformed], read.Select(r => r.Outcome));
        Assert.Equal((true, 7L, 3L), (read[0].Item!.IsTombstone, read[0].Item!.Version, read[2].Item!.Version));
    }

    [Fact]
    public async Task A_reader_that_does_not_answer_for_each_key_has_failed()
    {
        _store.LosesLast = true;
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Reader.GetManyAsync(DataKind.Flag, ["a", "b"], Token).AsTask());
        Assert.Equal("The reader text gave 1 answers for 2 keys.", failure.Message);
    }

    [Fact]
    public async Task An_absent_key_is_absent()
    {
        Assert.Equal(ReadItem.Absent, await Reader.GetAsync(DataKind.Flag, "a", Token));
        Assert.Empty((await Reader.AllAsync(DataKind.Segment, Token)).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"key":"bad","version":1,"on":"yes"}""")]
    [InlineData("""{"key":"bad","version":1""")]
    [InlineData("\u0000")]
    public async Task One_malformed_item_among_a_thousand_good_ones_is_its_own_error_reported_once(string text)
    {
        for (var i = 0; i < 1000; i++)
        {
            _store.Put(DataKind.Flag, "flag-" + i, $$"""{"key":"flag-{{i}}","version":1}""");
        }

        _store.Put(DataKind.Flag, "bad", text);
        for (var i = 0; i < 3; i++)
        {
            var all = await Reader.AllAsync(DataKind.Flag, Token);
            Assert.Equal(1000, all.Items.Count);
            Assert.Equal(["bad"], all.MalformedKeys);
            Assert.Equal(ReadOutcome.Malformed, (await Reader.GetAsync(DataKind.Flag, "bad", Token)).Outcome);
        }

        var line = Assert.Single(_logger.Collector.GetSnapshot());
        Assert.Contains("\"bad\"", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_fault_is_reported_again_and_so_is_the_same_after_a_recovery()
    {
        _store.Put(DataKind.Flag, "a", "{");
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        _store.Put(DataKind.Flag, "a", "[");
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        _store.Put(DataKind.Flag, "a", """{"key":"a","version":1}""");
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        _store.Put(DataKind.Flag, "a", "[");
        await Reader.GetAsync(DataKind.Flag, "a", Token);
        Assert.Equal(3, _logger.Collector.Count);
    }

    [Fact]
    public async Task What_is_quarantined_is_told_until_it_is_good_or_gone_or_the_store_is_not_read_any_more()
    {
        IReadOnlyList<QuarantinedItem> listed = [];
        var reader = new JsonDeserializer(_store, _logger, new(_logger, TimeProvider.System, (items, _) => listed = items));
        _store.Put(DataKind.Flag, "a", """{"key":"a","version":4,"rules":[7]}""");
        _store.Put(DataKind.Flag, "b", "{");
        _store.Put(DataKind.Segment, "c", "7");
        await reader.GetAsync(DataKind.Flag, "a", Token);
        await reader.AllAsync(DataKind.Flag, Token);
        await reader.AllAsync(DataKind.Segment, Token);
        Assert.Equal([("a", 4L, "flags.a.rules[0]"), ("b", null, "flags.b"), ("c", null, "segments.c")], listed.Select(item => (item.Key, item.Version, item.Path)));
        _store.Items.Remove((DataKind.Flag, "b"));
        _store.Put(DataKind.Flag, "a", """{"key":"a","version":5}""");
        await reader.GetAsync(DataKind.Flag, "a", Token);
        await reader.GetAsync(DataKind.Flag, "b", Token);
        Assert.Equal(["c"], listed.Select(item => item.Key));
        await reader.DisposeAsync();
        Assert.Empty(listed);
    }

    [Fact]
    public async Task A_field_without_a_name_is_left_out()
    {
        _store.Put(DataKind.Flag, "", """{"key":"","version":1}""");
        var all = await Reader.AllAsync(DataKind.Flag, Token);
        Assert.Empty(all.Items);
        Assert.Empty(all.MalformedKeys);
    }

    [Fact]
    public async Task Whoever_is_given_a_malformed_item_finds_it_listed_also_when_somebody_else_has_just_read_it()
    {
        const int keys = 2_000;
        var count = 0;
        var ledger = new QuarantineLedger(_logger, TimeProvider.System, (_, all) => Volatile.Write(ref count, all));
        await using var reader = new JsonDeserializer(_store, _logger, ledger);
        for (var i = 0; i < keys; i++)
        {
            _store.Put(DataKind.Flag, $"k{i}", """{"key":7}""");
        }

        var missed = 0;
        using var together = new Barrier(2);
        void ReadAll()
        {
            for (var i = 0; i < keys; i++)
            {
                together.SignalAndWait(Token);
                var read = reader.Get(DataKind.Flag, $"k{i}", TimeSpan.FromSeconds(30));
                if (read.Outcome != ReadOutcome.Malformed || Volatile.Read(ref count) <= i)
                {
                    Interlocked.Increment(ref missed);
                }
            }
        }

        await Task.WhenAll(
            Task.Factory.StartNew(ReadAll, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            Task.Factory.StartNew(ReadAll, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Assert.Equal(0, missed);
        Assert.Equal(keys, count);
    }

    [Fact]
    public async Task A_malformed_item_that_was_gone_is_listed_again_when_it_is_back()
    {
        var count = 0;
        var ledger = new QuarantineLedger(_logger, TimeProvider.System, (_, all) => count = all);
        await using var reader = new JsonDeserializer(_store, _logger, ledger);
        for (var round = 0; round < 3; round++)
        {
            _store.Put(DataKind.Flag, "bad", """{"key":7}""");
            await reader.GetAsync(DataKind.Flag, "bad", Token);
            Assert.Equal(1, count);
            _store.Items.Clear();
            Assert.Empty((await reader.AllAsync(DataKind.Flag, Token)).MalformedKeys);
            Assert.Equal(0, count);
        }
    }
}
