using System.Text;
using System.Text.Json;
using Halyard.DataSystems;
using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

/// <summary>Lazy Load over a store that tells of changes.</summary>
public sealed class StoreSignalsTests
{
    private readonly FakeSignals _signals = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_named_item_is_read_again_at_once_and_its_change_is_announced()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        harness.Reader.Put("b");
        await ReadAsync(harness, "a", "b");
        var gets = harness.Reader.Gets;
        await using var changes = harness.Changes.GetAsyncEnumerator(Token);

        harness.Reader.Put("a", 2);
        harness.Reader.Put("b", 2);
        _signals.Say(StoreChange.Of(DataKind.Flag, "a"));

        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["a"], changes.Current.Keys);
        Assert.Equal(2, harness.System.Snapshot.GetFlag("a")!.Version);
        Assert.Equal(1, harness.System.Snapshot.GetFlag("b")!.Version);
        Assert.Equal(gets + 1, harness.Reader.Gets);
    }

    [Fact]
    public async Task Of_a_kind_what_is_held_is_read_again_in_one_trip_and_nothing_else()
    {
        await using var harness = await StartAsync(largestBatch: 100);
        foreach (var key in (string[])["a", "b", "c", "never read"])
        {
            harness.Reader.Put(key);
        }

        await ReadAsync(harness, "a", "b", "c", "absent");
        var batches = harness.Reader.Batches.Count;
        var gets = harness.Reader.Gets;
        foreach (var key in (string[])["a", "b", "absent"])
        {
            harness.Reader.Put(key, 2);
        }

        _signals.Say(StoreChange.Of(DataKind.Flag));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("absent")?.Version == 2);

        Assert.Equal(batches + 1, harness.Reader.Batches.Count);
        Assert.Equal(["a", "absent", "b", "c"], harness.Reader.Batches.Last().Order(StringComparer.Ordinal));
        Assert.Equal(gets, harness.Reader.Gets);
        Assert.Equal(0, harness.Reader.Alls);
        Assert.Null(harness.System.Snapshot.GetFlag("never read"));
        Assert.Equal(2, harness.System.Snapshot.GetFlag("a")!.Version);
    }

    [Fact]
    public async Task Where_items_come_one_by_one_many_are_read_as_a_whole_and_only_what_is_held_is_kept()
    {
        await using var harness = await StartAsync();
        var keys = Enumerable.Range(0, 20).Select(i => "flag-" + i).ToArray();
        Array.ForEach([.. keys, "other"], key => harness.Reader.Put(key));
        await ReadAsync(harness, keys);
        var gets = harness.Reader.Gets;
        Array.ForEach(keys, key => harness.Reader.Put(key, 2));
        harness.Reader.Versions.TryRemove((DataKind.Flag, "flag-3"), out _);

        _signals.Say(StoreChange.Of(DataKind.Flag));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("flag-19")!.Version == 2);

        Assert.Equal(gets, harness.Reader.Gets);
        Assert.Equal(1, harness.Reader.Alls);
        Assert.Null(harness.System.Snapshot.GetFlag("flag-3"));
        Assert.Null(harness.System.Snapshot.GetFlag("other"));
    }

    [Fact]
    public async Task What_was_asked_before_the_signal_does_not_count_as_the_answer_to_it()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        await ReadAsync(harness, "a");
        harness.Clock.Advance(TimeSpan.FromMinutes(6));

        // A reader's fetch has the old item in hand, and is slow to bring it.
        var slow = new TaskCompletionSource();
        harness.Reader.After = _ => slow.Task;
        var reading = harness.ReadAsync("a");
        harness.Reader.After = null;
        await Conditions.UntilAsync(() => harness.Reader.Gets == 2);
        harness.Reader.Put("a", 2);
        harness.Reader.Put("fence");
        await ReadAsync(harness, "fence");
        _signals.Say(StoreChange.Of(DataKind.Flag));
        slow.SetResult();
        await reading;
        _signals.Say(StoreChange.Of(DataKind.Flag, "a"));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("a")!.Version == 2);
    }

    /// <summary>The answer to it may be from before the change, though the signal comes first: each has a connection of its own.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_signal_counts_for_what_is_being_read_at_that_moment(bool isNamed, bool isOutdated)
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        harness.Reader.Put("fence");
        if (isOutdated)
        {
            await ReadAsync(harness, "a");
            harness.Clock.Advance(TimeSpan.FromMinutes(6));
        }

        await ReadAsync(harness, "fence");
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Reader.After = _ => slow.Task;
        var reading = harness.ReadAsync("a");
        harness.Reader.After = null;
        harness.Reader.Put("a", 2);
        harness.Reader.Put("fence", 2);
        _signals.Say(isNamed ? StoreChange.Of(DataKind.Flag, "a") : StoreChange.Of(DataKind.Flag));
        _signals.Say(StoreChange.Of(DataKind.Flag, "fence"));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("fence")!.Version == 2);
        slow.SetResult();
        Assert.Equal(2, await reading);
        Assert.Equal(2, await harness.ReadAsync("a"));
    }

    [Fact]
    public async Task A_signal_counts_for_a_kind_that_is_being_read_at_that_moment()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        harness.Reader.Put("b");
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Reader.After = _ => slow.Task;
        var reading = harness.System.FetchAllAsync(Token).AsTask();
        harness.Reader.After = null;
        harness.Reader.Put("a", 2);
        _signals.Say(StoreChange.Of(DataKind.Flag, "a"));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("a") is { Version: 2 });
        slow.SetResult();
        await reading.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal((2, 1), (harness.System.Snapshot.GetFlag("a")!.Version, harness.System.Snapshot.GetFlag("b")!.Version));
    }

    [Fact]
    public async Task A_changed_segment_announces_the_flags_held_that_use_it()
    {
        var held = new HeldStore();
        held.Put(new DataSet(
            [
                Flag("""{"key":"uses","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},"rules":[{"variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["s"]}]}]}"""),
                Flag("""{"key":"other","version":1,"on":true,"variations":[1],"fallthrough":{"variation":0}}"""),
            ],
            [Segment("""{"key":"s","version":1}""")]));
        await using var client = await Client.StartAsync(
            new() { DataSystem = new LazyLoadOptions(new SignallingStore(held, _signals)) { RefetchSpread = TimeSpan.Zero } }, Token);
        await Conditions.UntilAsync(() => _signals.IsHeard);
        var values = new TaskCompletionSource<FlagValueChange>();
        using var tracking = client.TrackValue("uses", Clients.Clients.User, values.SetResult);
        _ = client.IntVariation("other", Clients.Clients.User, 0);
        await using var changes = client.FlagChanges.GetAsyncEnumerator(Token);

        held.Put(Segment("""{"key":"s","version":2,"included":["user-1"]}"""));
        _signals.Say(StoreChange.Of(DataKind.Segment, "s"));

        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["uses"], changes.Current.Keys);
        Assert.Equal(1, (await values.Task.WaitAsync(TimeSpan.FromSeconds(30), Token)).NewValue.AsInt);
    }

    [Fact]
    public async Task A_store_that_falls_silent_is_listened_to_again_and_all_that_is_held_is_read_again()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        await ReadAsync(harness, "a");

        _signals.Lose(new IOException("cut"));
        await Conditions.UntilAsync(() => harness.Lines.Any(line => line.Contains("does not tell of changes any more (cut)", StringComparison.Ordinal)));
        harness.Reader.Put("a", 2);
        await AdvanceUntilAsync(harness, () => harness.System.Snapshot.GetFlag("a")!.Version == 2);

        Assert.Equal(2, _signals.Calls);
        Assert.True(harness.System.Statistics.HearsChanges);
        Assert.Equal(2, harness.Lines.Count(line => line.Contains("tells of changes", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_store_that_cannot_tell_costs_one_line_and_is_tried_again_rarely()
    {
        _signals.Failure = new NotSupportedException("no tracking here");
        await using var harness = await StartAsync(waits: false);
        await AdvanceUntilAsync(harness, () => _signals.Calls == 3, StoreSignals.UnsupportedDelay);

        var line = Assert.Single(harness.Lines, line => line.Contains("cannot tell of changes", StringComparison.Ordinal));
        Assert.False(harness.System.Statistics.HearsChanges);
        Assert.Contains("no tracking here", line, StringComparison.Ordinal);

        _signals.Failure = null;
        await AdvanceUntilAsync(harness, () => _signals.IsHeard, StoreSignals.UnsupportedDelay);
    }

    [Fact]
    public async Task What_nobody_wants_any_more_is_not_read_again()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        harness.Reader.Put("b");
        await ReadAsync(harness, "a");
        harness.Clock.Advance(TimeSpan.FromMinutes(3));
        harness.Reader.Put("a", 2);
        _signals.Say(StoreChange.Of(DataKind.Flag));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("a")!.Version == 2);

        // Its time runs from the read that wanted it.
        harness.Clock.Advance(TimeSpan.FromMinutes(3));
        await ReadAsync(harness, "b");
        var gets = harness.Reader.Gets;
        harness.Reader.Put("a", 3);
        harness.Reader.Put("b", 3);
        _signals.Say(StoreChange.Of(DataKind.Flag));
        await Conditions.UntilAsync(() => harness.System.Snapshot.GetFlag("b")!.Version == 3);

        Assert.Equal(gets + 1, harness.Reader.Gets);
        Assert.Equal(3, await harness.ReadAsync("a"));
    }

    [Fact]
    public async Task A_storm_of_signals_costs_one_read_at_a_time_and_no_more_bytes_than_the_budget()
    {
        await using var harness = await StartAsync(options => options.RefetchBytesPerSecond = 1_024, largestBatch: 100);
        harness.Reader.BytesPerItem = 2_048;
        harness.Reader.Put("a");
        await ReadAsync(harness, "a");
        var gets = harness.Reader.Gets;

        for (var version = 2; version <= 1_001; version++)
        {
            harness.Reader.Put("a", version);
            _signals.Say(StoreChange.Of(DataKind.Flag, "a"));
        }

        // Each read of two kilobytes is paid for in two seconds.
        var begun = harness.Clock.GetUtcNow();
        await AdvanceUntilAsync(harness, () => harness.System.Snapshot.GetFlag("a")!.Version == 1_001);
        var seconds = (harness.Clock.GetUtcNow() - begun).TotalSeconds;
        Assert.InRange(harness.Reader.Gets - gets, 1, 2 + (seconds / 2));
        Assert.InRange(seconds, 0, 10);
    }

    [Fact]
    public async Task A_read_that_fails_is_tried_again()
    {
        await using var harness = await StartAsync();
        harness.Reader.Put("a");
        await ReadAsync(harness, "a");
        harness.Reader.Put("a", 2);
        harness.Reader.Failure = new IOException("down");
        _signals.Say(StoreChange.Of(DataKind.Flag, "a"));
        await Conditions.UntilAsync(() => harness.System.Statistics.Errors == 1);

        harness.Reader.Failure = null;
        await AdvanceUntilAsync(harness, () => harness.System.Snapshot.GetFlag("a")!.Version == 2);
        Assert.False(harness.System.Statistics.StoreDown);
    }

    [Fact]
    public async Task While_the_store_tells_items_stay_for_longer_and_when_it_falls_silent_they_get_their_usual_time()
    {
        await using var harness = await StartAsync(options => options.TtlWhileListening = Timeout.InfiniteTimeSpan);
        harness.Reader.Put("a");
        await ReadAsync(harness, "a");
        harness.Clock.Advance(TimeSpan.FromDays(1));
        var gets = harness.Reader.Gets;
        Assert.Equal(1, await harness.ReadAsync("a"));
        Assert.Equal(gets, harness.Reader.Gets);

        _signals.Failure = new IOException("away");
        _signals.Lose(new IOException("cut"));
        await Conditions.UntilAsync(() => harness.Lines.Any(line => line.Contains("any more (cut)", StringComparison.Ordinal)));
        harness.Reader.Put("a", 2);
        Assert.Equal(1, await harness.ReadAsync("a"));
        harness.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(2, await harness.ReadAsync("a"));
    }

    [Fact]
    public async Task Without_listening_nobody_listens()
    {
        await using var harness = await StartAsync(options => options.ListenForChanges = false, waits: false);
        await ReadAsync(harness, "a");
        Assert.Equal(0, _signals.Calls);
    }

    [Fact]
    public async Task After_disposal_nobody_listens()
    {
        var harness = await StartAsync();
        await harness.DisposeAsync();
        Assert.False(_signals.IsHeard);
        Assert.Equal(1, _signals.Calls);
    }

    [Fact]
    public void Too_many_keys_count_as_the_whole_kind()
    {
        var pending = new PendingChanges();
        pending.Add(StoreChange.Of(DataKind.Flag, [.. Enumerable.Range(0, PendingChanges.MostKeys).Select(i => $"{i}"), "", null!]));
        Assert.Equal(PendingChanges.MostKeys, pending.Take(DataKind.Flag)!.Length);
        pending.Add(StoreChange.Of(DataKind.Flag, [.. Enumerable.Range(0, PendingChanges.MostKeys + 1).Select(i => $"{i}")]));
        Assert.True(pending.HasWhole);
        Assert.Empty(pending.Take(DataKind.Segment)!);
        Assert.Null(pending.Take(DataKind.Flag));
        Assert.Empty(pending.Take(DataKind.Flag)!);
    }

    private static ItemDescriptor<Flag> Flag(string json) =>
        (ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, JsonDocument.Parse(json).RootElement.GetProperty("key").GetString()!, Encoding.UTF8.GetBytes(json));

    private static ItemDescriptor<Segment> Segment(string json) =>
        (ItemDescriptor<Segment>)ItemDescriptor.FromJson(DataKind.Segment, "s", Encoding.UTF8.GetBytes(json));

    private static async Task ReadAsync(LazyLoadHarness harness, params string[] keys)
    {
        foreach (var key in keys)
        {
            await harness.ReadAsync(key);
        }
    }

    private static async Task AdvanceUntilAsync(LazyLoadHarness harness, Func<bool> condition, TimeSpan? step = null) =>
        await Conditions.UntilAsync(() =>
        {
            if (condition())
            {
                return true;
            }

            harness.Clock.Advance(step ?? TimeSpan.FromMilliseconds(100));
            return false;
        });

    private async Task<LazyLoadHarness> StartAsync(Action<LazyLoadOptions>? configure = null, int largestBatch = 1, bool waits = true)
    {
        var harness = new LazyLoadHarness(
            options =>
            {
                options.RefetchSpread = TimeSpan.Zero;
                options.RefetchBytesPerSecond = 1 << 30;
                configure?.Invoke(options);
            },
            largestBatch: largestBatch,
            signals: _signals);
        await harness.System.StartAsync(Token);
        if (waits)
        {
            // The voice begins by saying that everything may have changed; who waits again has done with that.
            await Conditions.UntilAsync(() => _signals.IsHeard && harness.Clock.PassesOf("signals: wait") == 2);
        }

        return harness;
    }
}
