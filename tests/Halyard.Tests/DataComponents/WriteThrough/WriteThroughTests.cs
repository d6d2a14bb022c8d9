using System.Collections.Concurrent;
using System.Text;
using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.WritingThrough;

public sealed class WriteThroughTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly FakeLogger _logger = new();
    private readonly FakeWriter _store = new();
    private readonly MemoryStore _memory = new();
    private readonly PersistentStoreWriter _writer;
    private readonly ChangeNotifier _through;

    public WriteThroughTests()
    {
        _writer = new PersistentStoreWriter(_memory, _store, new WriteThroughOptions(new NoStore()), _clock, _logger, () => 0);
        _through = new ChangeNotifier(_memory, _memory, new FlagChanges(), _writer);
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    [Fact]
    public async Task A_data_set_is_written_as_a_whole_with_what_is_referred_to_first()
    {
        _through.Init(new DataSet(
            [FlagOf("top", 1, "middle", "also"), FlagOf("also", 1, "bottom"), FlagOf("middle", 1, "bottom"), FlagOf("bottom", 1), FlagOf("loop-1", 1, "loop-2"), FlagOf("loop-2", 1, "loop-1")],
            [SegmentOf("outer", "inner"), SegmentOf("inner")]));
        await Settled();
        var order = _store.Requests.Single(r => r.StartsWith("init ", StringComparison.Ordinal))[5..].Split(' ').ToList();
        Assert.Equal(8, order.Count);
        Assert.True(order.IndexOf("inner") < order.IndexOf("outer"));
        Assert.True(order.IndexOf("outer") <= 1, "Segments come before flags.");
        Assert.True(order.IndexOf("bottom") < order.IndexOf("middle"));
        Assert.True(order.IndexOf("bottom") < order.IndexOf("also"));
        Assert.True(order.IndexOf("middle") < order.IndexOf("top"));
        Assert.True(order.IndexOf("also") < order.IndexOf("top"));
        Assert.True(_store.Marker);
    }

    [Fact]
    public async Task A_long_chain_of_prerequisites_is_ordered_without_recursion()
    {
        _through.Init(new DataSet([.. Enumerable.Range(0, 50_000).Select(i => i == 0 ? FlagOf("f0", 1) : FlagOf("f" + i, 1, "f" + (i - 1)))], []));
        await Settled();
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => "f" + i), _store.Requests.First(r => r.StartsWith("init ", StringComparison.Ordinal))[5..].Split(' '));
    }

    [Fact]
    public async Task Updates_are_in_memory_at_once_and_in_the_store_in_order()
    {
        _through.Init(DataSet.Empty);
        await Settled();
        Assert.True(_through.Upsert(DataKind.Flag, "a", FlagOf("a", 1)));
        Assert.Equal(1, _memory.GetFlag("a")!.Version);
        Assert.True(_through.Upsert(DataKind.Flag, "b", FlagOf("b", 1)));
        Assert.False(_through.Upsert(DataKind.Flag, "a", FlagOf("a", 1)));
        _through.Upsert(DataKind.Flag, "a", ItemDescriptor.Tombstone(DataKind.Flag, "a", 2));
        await Settled();
        Assert.Equal((2L, true), (_store.Items["a"].Version, _store.Items["a"].Deleted));
        Assert.Equal("""{"key":"a","version":2,"deleted":true}""", Encoding.UTF8.GetString(_store.Items["a"].SerializedItem.Span));
        Assert.Equal(1, _store.Items["b"].Version);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_lags_behind_memory_from_a_snapshot_is_written_as_a_whole_at_the_first_word_of_the_service(bool somethingChanged)
    {
        // Memory knows of a change that an earlier process could not write any more.
        _memory.Init(new DataSet([FlagOf("a", 2), FlagOf("b", 1)], []));
        _store.Items["a"] = SerializedItem.Of(FlagOf("a", 1)).Item;
        _store.Marker = true;
        _through.Apply(somethingChanged ? new(ChangeSetKind.Partial, [FlagOf("b", 2)], new("state", 1)) : ChangeSet.Nothing());
        await Conditions.UntilAsync(() => _store.Requests.Any(r => r.StartsWith("init ", StringComparison.Ordinal)));
        await Settled();
        Assert.Equal((2L, somethingChanged ? 2L : 1L), (_store.Items["a"].Version, _store.Items["b"].Version));

        // Once is enough.
        var before = _store.Requests.Count;
        _through.Apply(ChangeSet.Nothing());
        _through.Upsert(DataKind.Flag, "c", FlagOf("c", 1));
        await Settled();
        Assert.Equal(["upsert c"], _store.Requests.Skip(before));
    }

    [Fact]
    public async Task What_is_left_of_a_millisecond_before_the_next_look_at_the_marker_is_waited_for()
    {
        // A timer takes whole milliseconds: one that is asked for less fires at once, and the loop would spin until the time has come.
        var time = new RecordingTimeProvider();
        await using var writer = new PersistentStoreWriter(
            _memory, _store, new WriteThroughOptions(new NoStore()) { MarkerCheckInterval = TimeSpan.FromMilliseconds(1.5) }, time, _logger, () => 0);
        var through = new ChangeNotifier(_memory, _memory, new FlagChanges(), writer);
        through.Init(DataSet.Empty);
        await time.Timers.UntilAsync(all => all.Contains(TimeSpan.FromMilliseconds(1)));
        time.Advance(TimeSpan.FromMilliseconds(1));

        // Half a millisecond is left now, for which it waits a whole one.
        await time.Timers.UntilAsync(all => all.Count(t => t == TimeSpan.FromMilliseconds(1)) == 2);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Conditions.UntilAsync(() => _store.Requests.Contains("initialized"));
        Assert.DoesNotContain(TimeSpan.Zero, time.Timers.Entries);
    }

    [Fact]
    public async Task An_outage_delays_nobody_costs_two_lines_and_merges_changes_of_one_key()
    {
        _through.Init(DataSet.Empty);
        await Settled();
        _store.Failure = new IOException("gone");
        var before = _store.Requests.Count;
        for (var version = 1; version <= 1000; version++)
        {
            Assert.True(_through.Upsert(DataKind.Flag, "a", FlagOf("a", version)));
            Assert.True(_through.Upsert(DataKind.Flag, "b", FlagOf("b", version)));
        }

        await Conditions.UntilAsync(() => IsDown);
        Assert.InRange(_writer.Pending, 1, 2);
        for (var i = 0; i < 600; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(_store.Requests.Count - before < 100);
        _store.Failure = null;
        await Conditions.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return !IsDown;
        });
        await Settled();
        Assert.Equal(1000, _store.Items["a"].Version);
        Assert.Equal(1000, _store.Items["b"].Version);
        var lines = _logger.Collector.GetSnapshot().Where(r => r.Level >= LogLevel.Information).Select(r => r.Message).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("cannot be written", lines[0], StringComparison.Ordinal);
        Assert.Contains("can be written again", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wiped_store_is_filled_again_from_memory()
    {
        _through.Init(new DataSet([FlagOf("a", 1)], []));
        await Settled();
        _through.Upsert(DataKind.Flag, "b", FlagOf("b", 1));
        await Settled();
        _store.Wipe();
        await Conditions.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            return _store.Marker;
        });
        await Settled();
        Assert.Equal(["a", "b"], _store.Items.Keys.Order());
        Assert.Single(_logger.Collector.GetSnapshot(), r => r.Message.Contains("has lost its data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wiped_store_is_noticed_under_a_steady_stream_of_updates()
    {
        _through.Init(new DataSet([FlagOf("a", 1)], []));
        await Settled();
        _store.Wipe();
        for (var version = 1; version < 20 && !_store.Marker; version++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            _through.Upsert(DataKind.Flag, "b", FlagOf("b", version));
            await Settled();
        }

        Assert.True(_store.Marker);
        await Settled();
        Assert.Equal(["a", "b"], _store.Items.Keys.Order());
    }

    [Fact]
    public async Task A_store_is_not_emptied_by_a_memory_without_data()
    {
        _store.Items["precious"] = new(1, false, "{}"u8.ToArray());
        _through.Apply(new ChangeSet(ChangeSetKind.Partial, [FlagOf("a", 1)], default));
        await Settled();
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        Assert.Equal(["a", "precious"], _store.Items.Keys.Order());
    }

    [Theory]
    [InlineData(9)]
    [InlineData(3)]
    public async Task A_trusted_change_to_a_version_that_is_not_newer_is_for_the_store_to_refuse_and_rewrites_nothing(long version)
    {
        _through.Apply(new ChangeSet(ChangeSetKind.Full, [FlagOf("a", 9), FlagOf("b", 1)], new Selector("s", 1)));
        await Settled();

        // What another writer has stored meanwhile.
        _store.Items["theirs"] = new(5, false, "{}"u8.ToArray());
        _store.Items["b"] = new(70, false, "{}"u8.ToArray());
        _through.Apply(new ChangeSet(ChangeSetKind.Partial, [FlagOf("a", version)], new Selector("s", 2)));
        await Settled();
        Assert.Equal(9, _store.Items["a"].Version);
        _through.Apply(new ChangeSet(ChangeSetKind.Partial, [FlagOf("b", 2)], new Selector("s", 3)));
        await Settled();
        Assert.Equal(70, _store.Items["b"].Version);
        Assert.Contains("theirs", _store.Items.Keys);
        Assert.Single(_store.Requests, r => r.StartsWith("init ", StringComparison.Ordinal));
        _through.Apply(ChangeSet.Nothing());
        Assert.Equal(0, _writer.Pending);
    }

    [Fact]
    public async Task An_item_the_store_refuses_does_not_keep_the_others_waiting()
    {
        _through.Init(DataSet.Empty);
        await Settled();
        _store.RefusedKey = "poison";
        _through.Apply(new ChangeSet(ChangeSetKind.Partial, [FlagOf("poison", 1), FlagOf("a", 1), FlagOf("b", 1)], default));
        await Conditions.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return _store.Items.ContainsKey("a") && _store.Items.ContainsKey("b");
        });
        _store.RefusedKey = null;
        await Conditions.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return _store.Items.ContainsKey("poison");
        });
    }

    [Fact]
    public async Task Disposal_writes_what_is_left()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = () => gate.Task;
        _through.Init(DataSet.Empty);
        _through.Upsert(DataKind.Flag, "a", FlagOf("a", 1));
        var disposal = _writer.DisposeAsync().AsTask();
        gate.SetResult();
        await disposal.WaitAsync(Bound, TestContext.Current.CancellationToken);
        await _writer.DisposeAsync();
        Assert.Equal(1, _store.Items["a"].Version);
        Assert.True(_store.Disposed);
    }

    [Fact]
    public async Task Disposal_does_not_wait_longer_than_the_flush_timeout()
    {
        _store.Before = () => new TaskCompletionSource().Task; // never answers and does not heed its token
        _through.Init(new DataSet([FlagOf("a", 1)], []));
        await Conditions.UntilAsync(() => !_store.Requests.IsEmpty);
        _through.Upsert(DataKind.Flag, "a", FlagOf("a", 2));
        var disposal = _writer.DisposeAsync().AsTask();
        await Conditions.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return disposal.IsCompleted;
        });
        await disposal;
        Assert.Contains(_logger.Collector.GetSnapshot(), r => r.Message.Contains("not written", StringComparison.Ordinal));
    }

    // An outage is one line at its begin and one at its end.
    private bool IsDown => _logger.Collector.GetSnapshot().LastOrDefault(
        line => line.Message.Contains("cannot be written", StringComparison.Ordinal) || line.Message.Contains("can be written again", StringComparison.Ordinal))
        ?.Message.Contains("cannot be written", StringComparison.Ordinal) ?? false;

    private async Task Settled() => await Conditions.UntilAsync(() => _writer.Pending == 0 && !IsDown);

    private static ItemDescriptor<Flag> FlagOf(string key, long version, params string[] prerequisites) => ItemDescriptor<Flag>.Of(
        key, version, new Flag { Key = key, Version = version, Prerequisites = [.. prerequisites.Select(p => new Prerequisite { Key = p })] });

    private static ItemDescriptor<Segment> SegmentOf(string key, params string[] segments) => ItemDescriptor<Segment>.Of(key, 1, new Segment
    {
        Key = key,
        Version = 1,
        Rules = segments.Length == 0 ? [] :
        [
            new SegmentRule { Clauses = [new Clause(null, null, "segmentMatch", [.. segments.Select(s => Value.Of(s))], false)] },
        ],
    });

    private sealed class NoStore : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();
    }

    private sealed class FakeWriter : ISerializedDataWriter
    {
        public ConcurrentDictionary<string, SerializedItemDescriptor> Items { get; } = new();

        public ConcurrentQueue<string> Requests { get; } = new();

        public volatile Exception? Failure;

        public volatile Func<Task>? Before;

        public volatile string? RefusedKey;

        public volatile bool Marker;

        public bool Disposed { get; private set; }

        public string Identity => "fake";

        public void Wipe()
        {
            Items.Clear();
            Marker = false;
        }

        public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken) =>
            await Answer("init " + string.Join(' ', items.Select(i => i.Key)), () =>
            {
                Items.Clear();
                foreach (var item in items)
                {
                    Items[item.Key] = item.Item;
                }

                return Marker = true;
            });

        public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken) =>
            await Answer("upsert " + item.Key, () =>
            {
                if (item.Key == RefusedKey)
                {
                    throw new InvalidOperationException("refused");
                }

                if (Items.TryGetValue(item.Key, out var stored) && stored.Version >= item.Item.Version)
                {
                    return false;
                }

                Items[item.Key] = item.Item;
                return true;
            });

        public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => await Answer("initialized", () => Marker);

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return default;
        }

        private async ValueTask<bool> Answer(string request, Func<bool> answer)
        {
            Requests.Enqueue(request);
            if (Before is { } before)
            {
                await before();
            }

            return Failure is { } failure ? throw failure : answer();
        }
    }
}
