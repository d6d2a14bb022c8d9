using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.WritingThrough;

/// <summary>A client that streams and writes through into a store, and another that reads the store lazily.</summary>
[Collection(RedisCollection.Name)]
public sealed class WriteThroughClientTests(RedisServer redis) : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly Context User = Context.New("u");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-through-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task What_one_client_streams_another_reads_from_sqlite() => PassOnAsync(new SqliteStore(Path.Combine(_folder.FullName, "flags.db")));

    [Fact]
    public Task What_one_client_streams_another_reads_from_redis() => PassOnAsync(NewRedisStore());

    [Fact]
    public async Task A_redis_that_is_wiped_under_the_writer_is_filled_again()
    {
        var store = NewRedisStore();
        await using var server = await ServeAsync();
        await using var writer = await StreamAsync(server, store);
        await using var reader = await ReadAsync(store);
        await Conditions.UntilAsync(async () => await reader.StringVariationAsync("title", User, "", Token) == "first");

        server.Patch(DataKind.Flag, "title", """{"variations":["second"]}""");
        await Conditions.UntilAsync(async () => await reader.StringVariationAsync("title", User, "", Token) == "second");
        Assert.StartsWith("+OK", await ServerProcess.AskRedisAsync(redis.Port, "FLUSHALL", Token), StringComparison.Ordinal);
        await Conditions.UntilAsync(async () => await reader.StringVariationAsync("title", User, "", Token) == "second" && await reader.BoolVariationAsync("on", User, false, Token));
        await using var later = await ReadAsync(store);
        await Conditions.UntilAsync(() => later.Initialized);
    }

    [Fact]
    public async Task What_fdv2_counts_apart_from_the_items_reaches_redis_and_what_another_writer_put_there_stays()
    {
        var store = NewRedisStore();
        IDataDestination destination = null!;
        await using var client = await Client.StartAsync(
            new ClientOptions
            {
                SdkKey = "k",
                DataSystem = DataSystem.FromSynchronizer(_ => new HandedOver(into => destination = into)),
                WriteThrough = new(store),
                StartTimeout = TimeSpan.Zero,
            },
            Token);
        await Conditions.UntilAsync(() => destination is not null);
        await using var reader = store.CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
        await using var foreign = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));

        destination.Apply(new(ChangeSetKind.Full, [Event("a", 1, 100), Event("b", 1, 100)], new("s", 1)));
        await Conditions.UntilAsync(async () => await OwnVersionAsync("a") == 100);
        await foreign.UpsertAsync(SerializedItem.Of(Event("theirs", 7, 7)), Token);
        await foreign.UpsertAsync(SerializedItem.Of(Event("b", 1, 300)), Token);
        destination.Apply(new(ChangeSetKind.Partial, [Event("b", 2, 101), Event("a", 2, 101)], new("s", 2)));
        await Conditions.UntilAsync(async () => await OwnVersionAsync("a") == 101);
        destination.Apply(new(ChangeSetKind.Partial, [Event("b", 3, 100), Event("b", 3, 90), ItemDescriptor.Tombstone(DataKind.Flag, "a", 3)], new("s", 3)));
        await Conditions.UntilAsync(async () => await OwnVersionAsync("a") == 102);
        destination.Apply(new(ChangeSetKind.Partial, [Event("a", 4, 1)], new("s", 4)));
        await Conditions.UntilAsync(async () => await OwnVersionAsync("a") == 1);
        Assert.Equal((300L, 7L), (await OwnVersionAsync("b"), await OwnVersionAsync("theirs")));

        async Task<long?> OwnVersionAsync(string key) => await reader.GetAsync(DataKind.Flag, key, Token) is { } item
            ? ItemDescriptor.FromJson(DataKind.Flag, key, item.SerializedItem.Span).Version
            : null;

        static ItemDescriptor Event(string key, long version, long own) =>
            ItemDescriptor<Flag>.Of(key, version, new() { Key = key, Version = own });
    }

    [Fact]
    public async Task Disposal_writes_what_is_left()
    {
        var store = new SqliteStore(Path.Combine(_folder.FullName, "flags.db"));
        await using (var server = await ServeAsync())
        await using (var writer = await StreamAsync(server, store))
        {
            Assert.True(writer.Initialized);
        }

        await using var reader = await ReadAsync(store);
        Assert.Equal("first", await reader.StringVariationAsync("title", User, "", Token));
    }

    private async Task PassOnAsync(IPersistentStore store)
    {
        await using var server = await ServeAsync();
        await using var writer = await StreamAsync(server, store);
        await using var reader = await ReadAsync(store);
        await Conditions.UntilAsync(async () => await reader.StringVariationAsync("title", User, "", Token) == "first");
        Assert.True(await reader.BoolVariationAsync("on", User, false, Token));

        server.Patch(DataKind.Flag, "title", """{"variations":["second"]}""");
        await Conditions.UntilAsync(async () => await reader.StringVariationAsync("title", User, "", Token) == "second");
        server.Delete(DataKind.Flag, "title");
        await Conditions.UntilAsync(async () => (await reader.StringVariationDetailAsync("title", User, "", Token)).Reason.ErrorKind == EvaluationErrorKind.FlagNotFound);
        Assert.Equal(["on"], (await reader.AllFlagsStateAsync(User, cancellationToken: Token)).Values.Keys);
    }

    private sealed class HandedOver(Action<IDataDestination> take) : IDataSynchronizer
    {
        public string Identity => "handed over";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            take(destination);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }

    private RedisStore NewRedisStore() => new(redis.Endpoint, "t" + Guid.NewGuid().ToString("N"));

    private async Task<DevServer> ServeAsync()
    {
        var file = Path.Combine(_folder.FullName, "flags.json");
        await File.WriteAllTextAsync(file, """{"flagValues":{"title":"first","on":true}}""", Token);
        return await DevServer.StartAsync(new DevServerOptions { Files = [file] }, Token);
    }

    private static Task<Client> StreamAsync(DevServer server, IPersistentStore store) => Client.StartAsync(
        new ClientOptions
        {
            SdkKey = "k",
            Endpoints = ServiceEndpoints.At(server.BaseUri),
            WriteThrough = new(store) { MarkerCheckInterval = TimeSpan.FromMilliseconds(100) },
            StartTimeout = Bound,
        },
        Token);

    private static Task<Client> ReadAsync(IPersistentStore store) =>
        Client.StartAsync(new ClientOptions { DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.Zero }, StartTimeout = TimeSpan.Zero }, Token);
}
