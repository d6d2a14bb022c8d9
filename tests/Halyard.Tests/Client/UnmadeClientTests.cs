using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Clients;

/// <summary>When a client cannot be made, what was made for it ends.</summary>
public sealed class UnmadeClientTests
{
    private readonly RecordingTimeProvider _time = new();
    private readonly Journal<string> _ended = new();

    [Fact]
    public async Task Nothing_is_left_of_a_client_whose_store_cannot_be_opened_for_writing()
    {
        using var handler = new ScriptedHandler();
        var options = Options(DataSystem.Default().UsePersistentStore(new HalfStore(_ended)));
        options.Http.HandlerFactory = () => handler;
        Assert.Equal("no writer", Assert.Throws<IOException>(() => Client.Create(options)).Message);

        await Conditions.UntilAsync(() => handler.Disposed && _time.TimersAlive == 0);
    }

    [Fact]
    public async Task A_source_of_the_application_and_a_reader_end_though_one_of_them_fails_to()
    {
        var options = Options(DataSystem.FromSynchronizer(_ => new Source(_ended)));
        options.WriteThrough = new(new HalfStore(_ended)) { Mode = StoreMode.SystemOfRecord };
        Assert.Throws<IOException>(() => Client.Create(options));

        await _ended.UntilAsync(all => all.Contains("source") && all.Contains("reader"));
        await Conditions.UntilAsync(() => _time.TimersAlive == 0);
    }

    private ClientOptions Options(DataSystemOptions system) => new()
    {
        SdkKey = "key",
        TimeProvider = _time,
        DataSystem = system,
        Snapshot = new(Path.Combine(Path.GetTempPath(), "halyard-unmade", "snapshot")),
    };

    private sealed class HalfStore(Journal<string> ended) : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => new Reader(ended);

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new IOException("no writer");

        private sealed class Reader(Journal<string> ended) : ISerializedDataReader
        {
            public string Identity => "half";

            public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) => default;

            public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
                throw new NotSupportedException();

            public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => default;

            public ValueTask DisposeAsync()
            {
                ended.Add("reader");
                throw new IOException("The end of what nobody has.");
            }
        }
    }

    private sealed class Source(Journal<string> ended) : IDataSynchronizer
    {
        public string Identity => "source";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            ended.Add("source");
            return default;
        }
    }
}
