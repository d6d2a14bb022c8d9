using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>Whatever throws as a client ends, the rest ends too, and nothing comes out.</summary>
public sealed class FailingEndTests
{
    private readonly List<string> _ended = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_part_of_a_client_ends_though_all_of_them_throw(bool loggerThrows)
    {
        using var handler = new ScriptedHandler();
        for (var i = 0; i < 8; i++)
        {
            handler.ThenFail(new HttpRequestException("cut"));
        }

        var store = new FailingStore(_ended);
        using var loggers = loggerThrows ? new ThrowingLoggers() : null;
        var options = new ClientOptions
        {
            SdkKey = "key",
            StartTimeout = TimeSpan.Zero,
            DataSystem = DataSystem.FromSynchronizer(_ => new FailingSource(_ended)),
            WriteThrough = new(store) { FlushTimeout = TimeSpan.Zero },
            Events = new(),
            BigSegments = new(_ => new FailingSegments(_ended)),
        };
        options.Http.HandlerFactory = () => handler;
        if (loggers is not null)
        {
            options.LoggerFactory = loggers;
        }

        var client = await Client.StartAsync(options, Token);
        client.Track("event", Context.New("user-1"));
        await using var changes = client.FlagChanges.GetAsyncEnumerator(Token);
        var next = changes.MoveNextAsync();
        var both = Task.WhenAll(client.DisposeAsync().AsTask(), client.DisposeAsync().AsTask());
        await both.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(await next);
        Assert.Equal(["source", "store", "segments"], _ended);
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
    }

    private sealed class FailingSource(List<string> ended) : IDataSynchronizer
    {
        public string Identity => "failing";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            cancellationToken.Register(static () => throw new InvalidOperationException("A listener of the start's token."));
            destination.Init(DataSet.Empty);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            ended.Add("source");
            throw new InvalidOperationException("The source.");
        }
    }

    private sealed class FailingStore(List<string> ended) : IPersistentStore, ISerializedDataWriter
    {
        public string Identity => "failing";

        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => this;

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken) => throw new IOException("The store.");

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken) => throw new IOException("The store.");

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => throw new IOException("The store.");

        public ValueTask DisposeAsync()
        {
            ended.Add("store");
            throw new IOException("The store's end.");
        }
    }

    private sealed class FailingSegments(List<string> ended) : IBigSegmentStore
    {
        public ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken) => throw new IOException("The segments.");

        public ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken) => throw new IOException("The segments.");

        public ValueTask DisposeAsync()
        {
            ended.Add("segments");
            throw new IOException("The segments' end.");
        }
    }
}
