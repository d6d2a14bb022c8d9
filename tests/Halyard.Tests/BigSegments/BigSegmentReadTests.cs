using Halyard.Tests.Support;
using static Halyard.Tests.BigSegmentStores.BigSegmentFixture;

namespace Halyard.Tests.BigSegmentStores;

/// <summary>Reads of flags that depend on big segments.</summary>
[Collection(typeof(Alone))]
public sealed class BigSegmentReadTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly BigSegmentFixture _fixture = new();

    private ScriptedStore Store => _fixture.Store;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_member_matches_and_the_reason_says_how_well_that_is_known(bool awaits)
    {
        Store.OnMembership = (hash, _) => hash == AdaHash ? ScriptedStore.In("big.g1") : ScriptedStore.In();
        await using var client = await _fixture.StartAsync();
        Assert.Equal((true, EvaluationReasonKind.RuleMatch, BigSegmentsStatus.Healthy), await Read(client, "flag", Ada, awaits));
        Assert.Equal((false, EvaluationReasonKind.Fallthrough, BigSegmentsStatus.Healthy), await Read(client, "flag", Context.New("bob"), awaits));
        Assert.Equal([AdaHash, BigSegmentKeys.Hash("bob")], Store.Queries.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_context_is_asked_for_once_however_many_segments_and_prerequisites_need_it(bool awaits)
    {
        await using var client = await _fixture.StartAsync(o => o.ContextCacheTime = TimeSpan.Zero);
        Assert.Equal((false, EvaluationReasonKind.Fallthrough, BigSegmentsStatus.Healthy), await Read(client, "top", Ada, awaits));
        Assert.Equal([AdaHash], Store.Queries.Entries);
        await Read(client, "top", Ada, awaits);
        Assert.Equal([AdaHash, AdaHash], Store.Queries.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_keys_of_a_multi_context_are_asked_for_in_turn_and_only_as_far_as_needed(bool awaits)
    {
        Store.OnMembership = (hash, _) => hash == AdaHash ? ScriptedStore.In() : ScriptedStore.In("other.g7");
        await using var client = await _fixture.StartAsync(o => o.ContextCacheSize = 0);
        Assert.True((await Read(client, "either", Both, awaits)).Value);
        Assert.Equal([AdaHash, BigSegmentKeys.Hash("acme")], Store.Queries.Entries);

        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        Assert.True((await Read(client, "either", Both, awaits)).Value);
        Assert.Equal(3, Store.Queries.Count);
    }

    [Fact]
    public async Task The_same_key_of_two_kinds_is_asked_for_once()
    {
        await using var client = await _fixture.StartAsync();
        client.BoolVariation("either", Context.Multi(Ada, Context.New("org", "ada")), false);
        Assert.Equal([AdaHash], Store.Queries.Entries);
    }

    [Fact]
    public async Task A_flag_without_big_segments_asks_for_nothing_and_says_nothing_of_them()
    {
        _fixture.Data.Update(TestData.Flag("plain"));
        await using var client = await _fixture.StartAsync();
        Assert.Equal(BigSegmentsStatus.None, client.BoolVariationDetail("plain", Ada, false).Reason.BigSegmentsStatus);
        Assert.Equal(0, Store.Queries.Count);
    }

    [Fact]
    public async Task A_membership_is_kept_for_its_time_and_then_asked_for_again()
    {
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        await using var client = await _fixture.StartAsync();
        Assert.True(client.BoolVariation("flag", Ada, false));
        Store.OnMembership = (_, _) => ScriptedStore.In();
        _fixture.Clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(client.BoolVariation("flag", Ada, false));
        Assert.Equal(1, Store.Queries.Count);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(client.BoolVariation("flag", Ada, true));
        Assert.Equal(2, Store.Queries.Count);
    }

    [Fact]
    public async Task The_context_used_least_recently_leaves_first()
    {
        await using var client = await _fixture.StartAsync(o => o.ContextCacheSize = 2);
        foreach (var key in (string[])["a", "b", "a", "c", "a"])
        {
            _fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
            client.BoolVariation("flag", Context.New(key), false);
        }

        Assert.Equal(3, Store.Queries.Count);
        client.BoolVariation("flag", Context.New("b"), false);
        Assert.Equal(BigSegmentKeys.Hash("b"), Store.Queries.Entries[3]);
    }

    [Fact]
    public async Task Readers_of_one_context_share_one_request()
    {
        var answer = new TaskCompletionSource<IBigSegmentMembership?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.OnMembership = (_, _) => answer.Task;
        await using var client = await _fixture.StartAsync();
        var awaiting = Enumerable.Range(0, 50).Select(_ => client.BoolVariationAsync("flag", Ada, false, Token).AsTask()).ToArray();
        var waiting = Enumerable.Range(0, 8).Select(_ => Task.Run(() => client.BoolVariation("flag", Ada, false))).ToArray();
        await Store.Queries.UntilAsync(all => all.Count == 1);
        Assert.DoesNotContain(awaiting, read => read.IsCompleted);
        answer.SetResult(BigSegmentMembership.Of(["big.g1"], null));
        Assert.All(await Task.WhenAll([.. awaiting, .. waiting]).WaitAsync(Limit, Token), Assert.True);
        Assert.Equal(1, Store.Queries.Count);
    }

    [Fact]
    public async Task A_cancelled_reader_leaves_the_request_to_the_others()
    {
        var answer = new TaskCompletionSource<IBigSegmentMembership?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.OnMembership = (_, _) => answer.Task;
        await using var client = await _fixture.StartAsync();
        using var cancelled = new CancellationTokenSource();
        var first = client.BoolVariationAsync("flag", Ada, false, cancelled.Token).AsTask();
        var second = client.BoolVariationAsync("flag", Ada, false, Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit, Token));
        answer.SetResult(BigSegmentMembership.Of(["big.g1"], null));
        Assert.True(await second.WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task Without_a_store_the_rules_still_count()
    {
        _fixture.Data.Update(TestData.Segment("big").Big().IfMatch("user", "key", "ada").ThenInclude());
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(_fixture.Data) }, Token);
        var detail = client.BoolVariationDetail("flag", Ada, false);
        Assert.Equal((true, BigSegmentsStatus.NotConfigured), (detail.Value, detail.Reason.BigSegmentsStatus));
        Assert.Equal(new BigSegmentStoreStatus(false, false), client.BigSegmentStoreStatus.Current);
        Assert.Equal(new BigSegmentStoreStatus(false, false), await client.BigSegmentStoreStatus.GetAsync(Token));
    }

    [Fact]
    public async Task A_store_that_is_behind_is_believed_and_reported_as_stale()
    {
        Store.OnMetadata = _ => Task.FromResult<BigSegmentStoreMetadata?>(new(_fixture.Clock.GetUtcNow() - TimeSpan.FromMinutes(3)));
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        await using var client = await _fixture.StartAsync();
        Assert.Equal((true, EvaluationReasonKind.RuleMatch, BigSegmentsStatus.Stale), await Read(client, "flag", Ada, awaits: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_is_in_the_reason_and_stands_for_a_second(bool awaits)
    {
        Store.OnMembership = (_, _) => throw new IOException("gone");
        await using var client = await _fixture.StartAsync();
        Assert.Equal((false, EvaluationReasonKind.Fallthrough, BigSegmentsStatus.StoreError), await Read(client, "flag", Ada, awaits));
        Assert.Equal(BigSegmentsStatus.StoreError, (await Read(client, "flag", Ada, awaits)).Status);
        Assert.Equal(1, Store.Queries.Count);
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, EvaluationReasonKind.RuleMatch, BigSegmentsStatus.Healthy), await Read(client, "flag", Ada, awaits));
        Assert.Equal(2, _fixture.Lines.Count);
    }

    [Fact]
    public async Task In_an_outage_the_last_known_membership_counts_and_the_reason_says_so()
    {
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        await using var client = await _fixture.StartAsync();
        Assert.True(client.BoolVariation("flag", Ada, false));
        Store.OnMembership = (_, _) => throw new IOException("gone");
        _fixture.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((true, EvaluationReasonKind.RuleMatch, BigSegmentsStatus.StoreError), await Read(client, "flag", Ada, awaits: false));
    }

    [Fact]
    public async Task An_outage_costs_one_request_a_while_and_one_line_however_many_contexts_are_read()
    {
        Store.OnMembership = (_, _) => throw new IOException("gone");
        await using var client = await _fixture.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            var detail = client.BoolVariationDetail("flag", Context.New("user-" + i), false);
            Assert.Equal(BigSegmentsStatus.StoreError, detail.Reason.BigSegmentsStatus);
        }

        Assert.Equal(3, Store.Queries.Count);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 100; i < 200; i++)
        {
            client.BoolVariation("flag", Context.New("user-" + i), false);
        }

        Assert.Equal(4, Store.Queries.Count);
        Assert.Contains("gone", Assert.Single(_fixture.Lines), StringComparison.Ordinal);

        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(client.BoolVariation("flag", Context.New("user-300"), false));
        Assert.True(client.BoolVariation("flag", Context.New("user-301"), false));
        Assert.Equal(2, _fixture.Lines.Count);
    }

    [Fact]
    public async Task One_context_that_cannot_be_read_does_not_hold_up_the_others()
    {
        Store.OnMembership = (hash, _) => hash == AdaHash ? throw new IOException("damaged") : ScriptedStore.In("big.g1");
        await using var client = await _fixture.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(BigSegmentsStatus.StoreError, client.BoolVariationDetail("flag", Ada, false).Reason.BigSegmentsStatus);
            _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(BigSegmentsStatus.Healthy, client.BoolVariationDetail("flag", Context.New("bob"), false).Reason.BigSegmentsStatus);
    }

    [Fact]
    public async Task A_read_that_cannot_await_waits_for_a_silent_store_no_longer_than_the_timeout()
    {
        Store.OnMembership = static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return null;
        };
        await using var client = await _fixture.StartAsync(o => o.QueryTimeout = TimeSpan.FromMilliseconds(50));
        var detail = await Task.Run(() => client.BoolVariationDetail("flag", Ada, false), Token).WaitAsync(Limit, Token);
        Assert.Equal(BigSegmentsStatus.StoreError, detail.Reason.BigSegmentsStatus);
    }

    [Fact]
    public async Task An_awaited_read_ends_with_the_timeout_even_when_the_store_heeds_no_token()
    {
        Store.OnMembership = (_, _) => new TaskCompletionSource<IBigSegmentMembership?>().Task;
        await using var client = await _fixture.StartAsync(o => o.QueryTimeout = TimeSpan.FromSeconds(2));
        var read = client.BoolVariationDetailAsync("flag", Ada, false, Token).AsTask();
        await Store.Queries.UntilAsync(all => all.Count == 1);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(BigSegmentsStatus.StoreError, (await read.WaitAsync(Limit, Token)).Reason.BigSegmentsStatus);
        Assert.Contains("no answer within 2 s", Assert.Single(_fixture.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_flags_ask_for_each_key_once(bool awaits)
    {
        Store.OnMembership = (hash, _) => hash == AdaHash ? ScriptedStore.In() : ScriptedStore.In("other.g7");
        await using var client = await _fixture.StartAsync(o => o.ContextCacheTime = TimeSpan.Zero);
        var state = awaits
            ? await client.AllFlagsStateAsync(Both, AllFlagsOptions.WithReasons, Token)
            : client.AllFlagsState(Both, AllFlagsOptions.WithReasons);
        Assert.True(state.Values["either"].AsBool);
        Assert.False(state.Values["flag"].AsBool);
        Assert.Contains("\"bigSegmentsStatus\":\"HEALTHY\"", state.ToJson(), StringComparison.Ordinal);
        Assert.Equal(new[] { AdaHash, BigSegmentKeys.Hash("acme") }.Order(), Store.Queries.Entries.Order());
    }

    [Fact]
    public async Task A_hundred_readers_that_cannot_await_starve_nobody()
    {
        Store.OnMembership = static async (_, _) =>
        {
            await Task.Yield();
            return BigSegmentMembership.Of(["big.g1"], null);
        };
        await using var client = await _fixture.StartAsync();
        var reads = Enumerable.Range(0, 100).Select(i => Task.Run(() => client.BoolVariation("flag", Context.New("user-" + i), false)));
        Assert.All(await Task.WhenAll(reads).WaitAsync(Limit, Token), Assert.True);
    }

    [Fact]
    public async Task After_disposal_reads_ask_for_nothing_and_give_what_is_known()
    {
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        var client = await _fixture.StartAsync();
        Assert.True(client.BoolVariation("flag", Ada, false));
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.True(Store.Disposed);
        _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((true, EvaluationReasonKind.RuleMatch, BigSegmentsStatus.StoreError), await Read(client, "flag", Ada, awaits: true));
        Assert.False(client.BoolVariation("flag", Context.New("bob"), true));
        Assert.Equal(1, Store.Queries.Count);
        Assert.Equal(0, _fixture.Clock.TimersAlive);
    }

    [Fact]
    public async Task Disposal_ends_a_request_under_way()
    {
        Store.OnMembership = (_, _) => new TaskCompletionSource<IBigSegmentMembership?>().Task;
        var client = await _fixture.StartAsync();
        var read = client.BoolVariationDetailAsync("flag", Ada, false, Token).AsTask();
        await Store.Queries.UntilAsync(all => all.Count == 1);
        await client.DisposeAsync().AsTask().WaitAsync(Limit, Token);
        Assert.Equal(BigSegmentsStatus.StoreError, (await read.WaitAsync(Limit, Token)).Reason.BigSegmentsStatus);
        Assert.True(Store.Disposed);
        Assert.Empty(_fixture.Lines);
    }

    [Fact]
    public async Task Membership_of_an_applications_own_that_throws_is_a_store_error()
    {
        Store.OnMembership = (_, _) => Task.FromResult<IBigSegmentMembership?>(new Broken());
        await using var client = await _fixture.StartAsync();
        Assert.Equal(BigSegmentsStatus.StoreError, client.BoolVariationDetail("flag", Ada, false).Reason.BigSegmentsStatus);
    }

    [Fact]
    public async Task A_cached_membership_costs_a_read_little()
    {
        Store.OnMembership = (_, _) => ScriptedStore.In("big.g1");
        await using var client = await _fixture.StartAsync();
        client.BoolVariation("flag", Ada, false);
        client.BoolVariation("flag", Ada, false);
        var least = Allocations.Least(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                client.BoolVariation("flag", Ada, false);
            }
        });

        // What one evaluation notes of a context: its entry, no more.
        Assert.InRange(least, 0, 1000 * 64);
    }

    private static async Task<(bool Value, EvaluationReasonKind Kind, BigSegmentsStatus Status)> Read(Client client, string flag, Context context, bool awaits)
    {
        var detail = awaits
            ? await client.BoolVariationDetailAsync(flag, context, false, Token).AsTask().WaitAsync(Limit, Token)
            : client.BoolVariationDetail(flag, context, false);
        return (detail.Value, detail.Reason.Kind, detail.Reason.BigSegmentsStatus);
    }

    private sealed class Broken : IBigSegmentMembership
    {
        public bool? Contains(string segmentReference) => throw new InvalidOperationException("broken");
    }
}
