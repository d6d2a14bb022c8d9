using System.Threading.Channels;
using static Halyard.Tests.BigSegmentStores.BigSegmentFixture;

namespace Halyard.Tests.BigSegmentStores;

public sealed class BigSegmentStoreStatusTests
{
    private static readonly BigSegmentStoreStatus Healthy = new(true, false);
    private static readonly BigSegmentStoreStatus Stale = new(true, true);
    private static readonly BigSegmentStoreStatus Unavailable = new(false, false);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly BigSegmentFixture _fixture = new();
    private readonly Channel<BigSegmentStoreStatus> _seen = Channel.CreateUnbounded<BigSegmentStoreStatus>();

    [Fact]
    public async Task The_store_is_asked_at_the_start_and_then_at_its_interval()
    {
        await using var client = await _fixture.StartAsync();
        Assert.Equal(Healthy, await client.BigSegmentStoreStatus.GetAsync(Token).AsTask().WaitAsync(Limit, Token));
        Assert.Equal(Healthy, client.BigSegmentStoreStatus.Current);
        for (var i = 1; i <= 3; i++)
        {
            await _fixture.Clock.PassAsync(Interval, i);
            await _fixture.Clock.Timers.UntilAsync(all => all.Count(t => t == Interval) == i + 1);
            Assert.Equal(i + 1, _fixture.Store.MetadataQueries);
        }
    }

    [Fact]
    public async Task An_interval_longer_than_the_time_to_become_stale_is_shortened()
    {
        await using var client = await _fixture.StartAsync(o => (o.StatusPollInterval, o.StaleAfter) = (TimeSpan.FromHours(1), TimeSpan.FromMinutes(3)));
        await _fixture.Clock.PassAsync(TimeSpan.FromMinutes(3));
        await _fixture.Clock.Timers.UntilAsync(all => all.Count(t => t == TimeSpan.FromMinutes(3)) == 2);
        Assert.Equal(2, _fixture.Store.MetadataQueries);
    }

    [Fact]
    public async Task Every_change_is_told_once_and_in_order()
    {
        await using var client = await _fixture.StartAsync();
        await client.BigSegmentStoreStatus.GetAsync(Token);
        client.BigSegmentStoreStatus.Changed += _ => throw new InvalidOperationException("a user's mistake");
        client.BigSegmentStoreStatus.Changed += status => _seen.Writer.TryWrite(status);

        var polls = 0;
        _fixture.Store.OnMetadata = _ => Task.FromResult<BigSegmentStoreMetadata?>(null);
        await _fixture.Clock.PassAsync(Interval, ++polls);
        Assert.Equal(Stale, await Next());
        _fixture.Store.OnMetadata = _ => throw new IOException("gone");
        await _fixture.Clock.PassAsync(Interval, ++polls);
        Assert.Equal(Unavailable, await Next());
        await _fixture.Clock.PassAsync(Interval, ++polls);
        await _fixture.Clock.Timers.UntilAsync(all => all.Count(t => t == Interval) == polls + 1);
        _fixture.Store.OnMetadata = _ => Task.FromResult<BigSegmentStoreMetadata?>(new(_fixture.Clock.GetUtcNow()));
        await _fixture.Clock.PassAsync(Interval, ++polls);
        Assert.Equal(Healthy, await Next());
        Assert.Equal(3, _fixture.Lines.Count(line => line.Contains("big segment store", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_store_whose_writer_has_stopped_becomes_stale_after_the_time()
    {
        var last = _fixture.Clock.GetUtcNow();
        _fixture.Store.OnMetadata = _ => Task.FromResult<BigSegmentStoreMetadata?>(new(last));
        await using var client = await _fixture.StartAsync(o => o.StaleAfter = TimeSpan.FromSeconds(10));
        client.BigSegmentStoreStatus.Changed += status => _seen.Writer.TryWrite(status);
        Assert.Equal(Healthy, await client.BigSegmentStoreStatus.GetAsync(Token));
        for (var polls = 1; polls <= 3; polls++)
        {
            Assert.Equal(Healthy, client.BigSegmentStoreStatus.Current);
            await _fixture.Clock.PassAsync(Interval, polls);
            await _fixture.Clock.Timers.UntilAsync(all => all.Count(t => t == Interval) == polls + 1);
        }

        Assert.Equal(Stale, client.BigSegmentStoreStatus.Current);
        Assert.Equal(BigSegmentsStatus.Stale, client.BoolVariationDetail("flag", Ada, false).Reason.BigSegmentsStatus);
    }

    [Fact]
    public async Task A_store_that_never_answers_is_unavailable_after_the_timeout()
    {
        _fixture.Store.OnMetadata = _ => new TaskCompletionSource<BigSegmentStoreMetadata?>().Task;
        await using var client = await _fixture.StartAsync(o => o.QueryTimeout = TimeSpan.FromSeconds(2));
        var status = client.BigSegmentStoreStatus.GetAsync(Token).AsTask();
        await _fixture.Clock.PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(Unavailable, await status.WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task The_first_read_waits_until_it_is_known_whether_the_store_is_stale()
    {
        var answer = new TaskCompletionSource<BigSegmentStoreMetadata?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _fixture.Store.OnMetadata = _ => answer.Task;
        await using var client = await _fixture.StartAsync();
        var read = client.BoolVariationDetailAsync("flag", Ada, false, Token).AsTask();
        await _fixture.Store.Queries.UntilAsync(all => all.Count == 1);
        Assert.False(read.IsCompleted);
        answer.SetResult(new(_fixture.Clock.GetUtcNow()));
        Assert.Equal(BigSegmentsStatus.Healthy, (await read.WaitAsync(Limit, Token)).Reason.BigSegmentsStatus);
    }

    [Fact]
    public async Task Disposal_ends_the_asking_and_closes_the_store()
    {
        var client = await _fixture.StartAsync();
        await client.DisposeAsync();
        Assert.True(_fixture.Store.Disposed);
        Assert.Equal(0, _fixture.Clock.TimersAlive);
        Assert.Equal(Unavailable, client.BigSegmentStoreStatus.Current);
        Assert.Equal(Unavailable, await client.BigSegmentStoreStatus.GetAsync(Token));
    }

    [Fact]
    public async Task An_offline_client_opens_no_store()
    {
        await using var client = await Client.StartAsync(
            new() { Offline = true, BigSegments = new(_ => throw new InvalidOperationException("must not be opened")) }, Token);
        Assert.Equal(Unavailable, client.BigSegmentStoreStatus.Current);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_an_error_of_the_start()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(_fixture.Data), BigSegments = new(_ => throw new ArgumentException("no table")) }, Token));
        Assert.Equal("no table", error.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(_fixture.Data), BigSegments = new(_ => null!) }, Token));
    }

    public static TheoryData<string, Action<BigSegmentsOptions>> WrongOptions => new()
    {
        { nameof(BigSegmentsOptions.ContextCacheSize), o => o.ContextCacheSize = -1 },
        { nameof(BigSegmentsOptions.ContextCacheTime), o => o.ContextCacheTime = TimeSpan.FromTicks(-1) },
        { nameof(BigSegmentsOptions.StatusPollInterval), o => o.StatusPollInterval = TimeSpan.Zero },
        { nameof(BigSegmentsOptions.StaleAfter), o => o.StaleAfter = TimeSpan.Zero },
        { nameof(BigSegmentsOptions.QueryTimeout), o => o.QueryTimeout = Timeout.InfiniteTimeSpan },
    };

    [Theory]
    [MemberData(nameof(WrongOptions), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_option_is_named(string name, Action<BigSegmentsOptions> spoil)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => _fixture.StartAsync(spoil));
        Assert.Contains("BigSegmentsOptions." + name, error.Message, StringComparison.Ordinal);
    }

    private Task<BigSegmentStoreStatus> Next() => _seen.Reader.ReadAsync(Token).AsTask().WaitAsync(Limit, Token);
}
