using Halyard.Tests.Support;

namespace Halyard.Tests.BigSegmentStores;

/// <summary>A store that does what a test tells it, and writes down what it was asked.</summary>
internal sealed class ScriptedStore : IBigSegmentStore
{
    private int _metadataQueries;

    /// <summary>The hashes asked for, in order.</summary>
    public Journal<string> Queries { get; } = new();

    public int MetadataQueries => Volatile.Read(ref _metadataQueries);

    public bool Disposed { get; private set; }

    public Func<string, CancellationToken, Task<IBigSegmentMembership?>> OnMembership { get; set; } = static (_, _) => Task.FromResult<IBigSegmentMembership?>(null);

    public Func<CancellationToken, Task<BigSegmentStoreMetadata?>> OnMetadata { get; set; } = static _ => Task.FromResult<BigSegmentStoreMetadata?>(null);

    public static Task<IBigSegmentMembership?> In(params string[] references) =>
        Task.FromResult<IBigSegmentMembership?>(BigSegmentMembership.Of(references, null));

    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _metadataQueries);
        return await OnMetadata(cancellationToken);
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        Queries.Add(contextHash);
        return await OnMembership(contextHash, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}

/// <summary>A client on in-process data whose boolean flags serve true to the members of big segments.</summary>
internal sealed class BigSegmentFixture
{
    public BigSegmentFixture()
    {
        Store.OnMetadata = _ => Task.FromResult<BigSegmentStoreMetadata?>(new(Clock.GetUtcNow()));
        Data.Update(TestData.Segment("big").Big(), TestData.Segment("other").Big(7, "org"));
        Data.Update(
            TestData.Flag("flag").IfInSegment("big").ThenReturn(true).FallthroughVariation(false),
            TestData.Flag("either").IfInSegment("big").ThenReturn(true).IfInSegment("other").ThenReturn(true).FallthroughVariation(false),
            TestData.Flag("top").Prerequisite("middle", false).IfInSegment("big").ThenReturn(true).FallthroughVariation(false),
            TestData.Flag("middle").Prerequisite("flag", false).FallthroughVariation(false));
    }

    public RecordingTimeProvider Clock { get; } = new();

    public TestData Data { get; } = new();

    public ScriptedStore Store { get; } = new();

    public Microsoft.Extensions.Logging.Testing.FakeLogCollector Logs { get; } = new();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Context Ada { get; } = Context.New("ada");

    public static string AdaHash { get; } = BigSegmentKeys.Hash("ada");

    public static Context Both { get; } = Context.Multi(Ada, Context.New("org", "acme"));

    public async Task<Client> StartAsync(Action<BigSegmentsOptions>? configure = null)
    {
        // Waits of readers that block are measured by the machine's clock, which a busy machine must not make tests of.
        var options = new BigSegmentsOptions(_ => Store) { QueryTimeout = TimeSpan.FromSeconds(30) };
        configure?.Invoke(options);
        var client = await Client.StartAsync(
            new()
            {
                DataSystem = DataSystem.TestData(Data),
                BigSegments = options,
                TimeProvider = Clock,
                LoggerFactory = Clients.Clients.Factory(Logs),
            },
            Token);
        return client;
    }

    /// <summary>Lines of the log that people see about big segments.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Logs.GetSnapshot().Where(r => r.Category == "Halyard.BigSegments" && r.Level >= Microsoft.Extensions.Logging.LogLevel.Information).Select(r => r.Message)];
}
