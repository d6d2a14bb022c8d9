using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests;

/// <summary>A pushed system whose store is the record: what is read is the store, through a cache.</summary>
public sealed class SystemOfRecordTests
{
    private static readonly Context User = Context.New("user-1");
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    private readonly HeldStore _store = new() { IsMarked = false };
    private readonly FakeTimeProvider _time = new();
    private IDataDestination? _source;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IDataDestination Source => _source ?? throw new InvalidOperationException("The client was not started.");

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-1)]
    public async Task What_is_pushed_is_read_at_once_and_written(int seconds)
    {
        await using var client = await StartAsync(Lifetime(seconds));
        Push("a", 1, "one");
        Assert.Equal("one", Read(client, "a"));
        await SettledAsync(client);
        Assert.Equal("one", Read(client, "a"));
        Assert.Equal(1, _store.VersionOf(DataKind.Flag, "a"));
        Assert.True(Source.Upsert(DataKind.Flag, "a", Flag("a", 2, "two")));
        Assert.Equal("two", Read(client, "a"));
        Assert.False(Source.Upsert(DataKind.Flag, "a", Flag("a", 1, "old")));
        await SettledAsync(client);
        Assert.Equal("two", await client.StringVariationAsync("a", User, "none", Token));
        Assert.Equal(2, _store.VersionOf(DataKind.Flag, "a"));
        Source.Upsert(DataKind.Flag, "a", ItemDescriptor.Tombstone(DataKind.Flag, "a", 3));
        Assert.Equal("none", Read(client, "a"));
        await SettledAsync(client);
        Assert.Equal("none", Read(client, "a"));
        Assert.Equal(1, _store.Inits);
    }

    [Fact]
    public async Task With_an_infinite_time_an_edit_is_seen_only_of_what_was_never_read()
    {
        await using var client = await StartAsync(Timeout.InfiniteTimeSpan);
        Push("a", 1, "one");
        await SettledAsync(client);
        _store.Put(Flag("a", 9, "edited"));
        _store.Put(Flag("b", 9, "added"));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("one", Read(client, "a"));
        Assert.Equal("added", Read(client, "b"));
    }

    [Fact]
    public async Task An_edit_and_a_loss_in_the_store_are_seen_when_the_time_is_over()
    {
        await using var client = await StartAsync(Ttl);
        Push("a", 1, "one");
        await SettledAsync(client);
        _store.Put(Flag("a", 9, "edited"));
        Assert.Equal("one", Read(client, "a"));
        _time.Advance(Ttl);
        Assert.Equal("edited", Read(client, "a"));
        _store.Wipe();
        Assert.Equal("edited", Read(client, "a"));
        _time.Advance(Ttl);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.StringVariationDetail("a", User, "none").Reason.ErrorKind);
        Assert.Empty(client.AllFlagsState(User).Values);
    }

    [Fact]
    public async Task Without_a_cache_each_read_sees_the_store()
    {
        await using var client = await StartAsync(TimeSpan.Zero);
        Push("a", 1, "one");
        await SettledAsync(client);
        _store.Put(Flag("a", 9, "edited"));
        Assert.Equal("edited", Read(client, "a"));
        Source.Upsert(DataKind.Flag, "a", Flag("a", 2, "late"));
        await SettledAsync(client);
        Assert.Equal("edited", Read(client, "a"));
    }

    [Fact]
    public async Task A_wiped_store_is_filled_again_but_not_within_five_seconds()
    {
        await using var client = await StartAsync(Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1));
        Push("a", 1, "one");
        await SettledAsync(client);
        _store.Wipe();
        var reads = _store.Reads;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Conditions.UntilAsync(() => _store.Reads > reads);
        Assert.Equal(1, _store.Inits);
        Assert.Equal(0, client.WriteThroughStatus!.Pending);
        await Conditions.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _store.Inits == 2;
            });
        Assert.Equal(1, _store.VersionOf(DataKind.Flag, "a"));
    }

    [Fact]
    public async Task While_the_store_is_down_pushed_data_is_served_and_then_what_was_known()
    {
        await using var client = await StartAsync(Ttl);
        Push("a", 1, "one");
        await SettledAsync(client);
        _store.IsDown = true;
        Source.Upsert(DataKind.Flag, "b", Flag("b", 1, "new"));
        Assert.Equal(("one", "new"), (Read(client, "a"), Read(client, "b")));
        _time.Advance(Ttl);
        Assert.Equal(("one", "new"), (Read(client, "a"), Read(client, "b")));
        // It is the state of the source, which says nothing of the store.
        Assert.NotEqual(DataSourceState.Interrupted, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task A_new_data_set_takes_away_what_it_lacks()
    {
        await using var client = await StartAsync(Timeout.InfiniteTimeSpan);
        Source.Init(new([Typed(Flag("a", 1, "one")), Typed(Flag("b", 1, "two"))], []));
        Assert.Equal(2, client.AllFlagsState(User).Values.Count);
        Push("a", 2, "later");
        Assert.Equal(("later", "none"), (Read(client, "a"), Read(client, "b")));
        Assert.Single(client.AllFlagsState(User).Values);
        await SettledAsync(client);
        Assert.Equal(("later", "none"), (Read(client, "a"), Read(client, "b")));
    }

    [Fact]
    public async Task A_flag_that_was_pushed_malformed_is_told_from_one_that_is_absent()
    {
        await using var client = await StartAsync(Ttl);
        Push("a", 1, "one");
        Source.Upsert(DataKind.Flag, "a", Bad.Flag("a", 2));
        Source.Upsert(DataKind.Flag, "bad", Bad.Flag("bad", 2));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("one", Read(client, "a"));
            Assert.Equal(EvaluationErrorKind.MalformedFlag, client.StringVariationDetail("bad", User, "none").Reason.ErrorKind);
            await SettledAsync(client);
            _time.Advance(Ttl);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flag_that_was_pushed_malformed_is_so_too_when_all_flags_were_read_or_it_was_deleted_before(bool readsAll)
    {
        await using var client = await StartAsync(Ttl);
        Push("a", 1, "one");
        Source.Upsert(DataKind.Flag, "gone", Flag("gone", 1, "one"));
        Source.Upsert(DataKind.Flag, "gone", ItemDescriptor.Tombstone(DataKind.Flag, "gone", 2));
        Source.Upsert(DataKind.Flag, "gone", Bad.Flag("gone", 3));
        Source.Upsert(DataKind.Flag, "bad", Bad.Flag("bad", 2));
        for (var i = 0; i < 3; i++)
        {
            if (readsAll)
            {
                Assert.Single(client.AllFlagsState(User).Values);
            }

            Assert.Equal("one", Read(client, "a"));
            Assert.Equal(EvaluationErrorKind.MalformedFlag, client.StringVariationDetail("bad", User, "none").Reason.ErrorKind);
            Assert.Equal(EvaluationErrorKind.MalformedFlag, client.StringVariationDetail("gone", User, "none").Reason.ErrorKind);
            await SettledAsync(client);
            _time.Advance(Ttl);
        }

        Source.Upsert(DataKind.Flag, "gone", Flag("gone", 4, "back"));
        Assert.Equal("back", Read(client, "gone"));
    }

    [Fact]
    public async Task A_listener_reads_the_change_that_it_hears_of()
    {
        await using var client = await StartAsync(Timeout.InfiniteTimeSpan);
        Push("a", 1, "one");
        await using var changes = client.FlagChanges.GetAsyncEnumerator(Token);
        var next = changes.MoveNextAsync();
        Source.Upsert(DataKind.Flag, "a", Flag("a", 2, "two"));
        Assert.True(await next);
        Assert.Equal(["a"], changes.Current.Keys);
        Assert.Equal("two", Read(client, "a"));
    }

    [Fact]
    public async Task Before_anything_was_pushed_the_store_is_read_once_it_has_its_marker()
    {
        _store.Put(Flag("a", 1, "half"));
        await using var client = await StartAsync(Ttl);
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.StringVariationDetail("a", User, "none").Reason.ErrorKind);
        _store.IsMarked = true;
        _time.Advance(Ttl);
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "none") == "half");
    }

    [Fact]
    public void Options_that_do_not_fit_are_refused()
    {
        var other = new HeldStore();
        Refused("needs sources of FDv1", DataSystem.Streaming(ProtocolVersion.Fdv2), Record());
        Refused("another store", DataSystem.Streaming(), Record(new(other)));
        Refused("Ttl", DataSystem.Streaming(), Record(new(_store) { Ttl = TimeSpan.FromSeconds(-5) }));
        Refused("otherwise memory is all", DataSystem.Streaming(), new(_store) { Cache = new(_store) });
        Refused("Mode is 7", DataSystem.Streaming(), new(_store) { Mode = (StoreMode)7 });
        var chain = DataSystem.Chain().AddSynchronizers(DataSystem.Streaming());
        chain.ReadFirst = new(_store);
        chain.WriteTo = Record();
        Refused("ReadFirst", chain, null);
    }

    private void Refused(string problem, DataSystemOptions system, WriteThroughOptions? writing)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => Client.Create(new() { SdkKey = "key", DataSystem = system, WriteThrough = writing }));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private WriteThroughOptions Record(LazyLoadOptions? cache = null) => new(_store) { Mode = StoreMode.SystemOfRecord, Cache = cache };

    private static TimeSpan Lifetime(int seconds) => seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);

    private async Task<Client> StartAsync(TimeSpan ttl, TimeSpan? markerCheck = null)
    {
        var writing = Record(new(_store) { Ttl = ttl, TtlJitter = 0 });
        writing.FlushTimeout = TimeSpan.Zero;
        writing.MarkerCheckInterval = markerCheck ?? TimeSpan.FromDays(20);
        var source = new HeldSource();
        var options = new ClientOptions
        {
            SdkKey = "key",
            DataSystem = DataSystem.FromSynchronizer(_ => source),
            WriteThrough = writing,
            TimeProvider = _time,
            StartTimeout = TimeSpan.Zero,
        };
        var client = await Client.StartAsync(options, Token);
        _source = source.Destination;
        return client;
    }

    private void Push(string key, long version, string value) => Source.Init(new([Typed(Flag(key, version, value))], []));

    private static string Read(Client client, string key) => client.StringVariation(key, User, "none");

    private static Task SettledAsync(Client client) => Conditions.UntilAsync(() => client.WriteThroughStatus!.Pending == 0);

    private static ItemDescriptor<Flag> Typed(ItemDescriptor item) => (ItemDescriptor<Flag>)item;

    private static ItemDescriptor Flag(string key, long version, string value) => ItemDescriptor.FromJson(
        DataKind.Flag, key, System.Text.Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":0,"variations":["{{value}}"]}"""));

    /// <summary>A source that writes when the test does.</summary>
    private sealed class HeldSource : IDataSynchronizer
    {
        public IDataDestination? Destination { get; private set; }

        public string Identity => "held";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            Destination = destination;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }
}
