namespace Halyard.Cli;

/// <summary>
/// One environment that the server serves: its data and where that comes from, what is edited in it, and who is
/// connected to it. Endpoints look it up by a credential and know nothing else of it. Thread-safe.
/// </summary>
internal sealed class ServedEnvironment : IAsyncDisposable
{
    // Where every key is let in, the hash of secure mode cannot be checked.
    private const string AnyKey = "any";

    private static readonly string[] PingPaths = ["/eval", "/meval", "/ping", "/mping"];

    private int _pages;

    // Replaced when all streams are cut: who comes afterwards may stay.
    private CancellationTokenSource _closing = new();

    public ServedEnvironment(EnvironmentOptions options, DevServerOptions server, EnvironmentState? state = null)
    {
        Options = options;
        Repository = new(state);
        var logger = server.LoggerFactory.CreateLogger("Halyard.Serve");
        Editor = new FlagEditor(Repository, server.WriteBack ? new FileWriteBack(options.Files) : null);
        History = new PayloadHistory(server.HistoryLimit);
        Streams = new EventStreamHub(Repository, new Fdv1StreamProtocol(), server.StreamQueueLimit, server.TimeProvider, logger);
        PayloadStreams = new EventStreamHub(
            Repository, new Fdv2StreamProtocol(History, logger), server.StreamQueueLimit, server.TimeProvider, logger);
        PingStreams = new EventStreamHub(Repository, new PingProtocol(), server.StreamQueueLimit, server.TimeProvider, logger);
        Feed = options.Source is { } source ? new ClientFeed(Repository, source, options.Snapshot, server.TimeProvider, logger)
            : options.Files.Count != 0 ? new FileFeed(Repository.Apply, options.Files, status => FlagFiles.Follow(options.Files, server, status), logger)
            : null;
        Overrides = options.OverrideFiles.Count == 0 ? null
            : new FileFeed(Repository.Lay, options.OverrideFiles, status => FlagFiles.Follow(options.OverrideFiles, server, status), logger);
        foreach (var hub in new[] { Streams, PayloadStreams, PingStreams })
        {
            hub.ConnectionsChanged += TellActivity;
        }

        Events.Changed += TellActivity;
        Client = Client.Create(new ClientOptions
        {
            SdkKey = options.SdkKey ?? AnyKey,
            DataSystem = DataSystem.FromSynchronizer(context => new RepositorySynchronizer(Repository, context.Status)),
            StartTimeout = TimeSpan.Zero,
            TimeProvider = server.TimeProvider,
        });
    }

    public EnvironmentOptions Options { get; }

    public string Name => Options.Name;

    /// <summary>What is served.</summary>
    public FlagRepository Repository { get; }

    /// <summary>Changes single items on request.</summary>
    public FlagEditor Editor { get; }

    /// <summary>The states of what is served, as FDv2 names them.</summary>
    public PayloadHistory History { get; }

    /// <summary>The open streams of FDv1.</summary>
    public EventStreamHub Streams { get; }

    /// <summary>The open streams of FDv2.</summary>
    public EventStreamHub PayloadStreams { get; }

    /// <summary>The open streams of client-side SDKs.</summary>
    public EventStreamHub PingStreams { get; }

    /// <summary>The analytics events that have come.</summary>
    public EventCounts Events { get; } = new();

    /// <summary>What brings the data; null for an environment that began empty.</summary>
    public ISourceFeed? Feed { get; }

    /// <summary>What brings the files that are laid over the data; null without such files.</summary>
    public ISourceFeed? Overrides { get; }

    /// <summary>Why what is served is not what the source and the files say now; null when it is.</summary>
    public string? Error => Feed?.Error ?? Overrides?.Error;

    /// <summary>Evaluates what is served.</summary>
    public Client Client { get; }

    /// <summary>Who is connected, by kind and time.</summary>
    public IEnumerable<StreamConnection> Connections => Streams.Connections.Concat(PayloadStreams.Connections).Concat(PingStreams.Connections);

    /// <summary>Cancelled when the pages that look on must leave.</summary>
    public CancellationToken Closing => Volatile.Read(ref _closing).Token;

    /// <summary>Raised when somebody came or went, or events arrived.</summary>
    public event Action? ActivityChanged;

    /// <summary>How many pages look on.</summary>
    public int PageCount => Volatile.Read(ref _pages);

    /// <summary>How many streams are open.</summary>
    public int StreamCount => Streams.Count + PayloadStreams.Count + PingStreams.Count;

    /// <summary>Loads the data.</summary>
    /// <exception cref="CliException">The source cannot work.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Client.StartAsync(cancellationToken);

        // First, so that nobody is served what they cover.
        if (Overrides is not null)
        {
            await Overrides.StartAsync(cancellationToken);
        }

        if (Feed is not null)
        {
            await Feed.StartAsync(cancellationToken);
        }

        // A service or a store says by itself when it has given all.
        if (Feed is null or FileFeed)
        {
            Repository.Complete();
        }
    }

    /// <summary>Lets a fault happen at once, on the streams that are open.</summary>
    /// <returns>How many streams it happens to.</returns>
    public int HappenNow(Fault fault) =>
        (fault.HitsPath(SdkEndpoint.StreamPath) ? Streams.Suffer(fault) : 0)
        + (fault.HitsPath(PayloadEndpoint.StreamPath) ? PayloadStreams.Suffer(fault) : 0)
        + (Array.Exists(PingPaths, path => fault.HitsPath(path)) ? PingStreams.Suffer(fault) : 0);

    /// <summary>Counts a page that looks on.</summary>
    public void PageCame() => Interlocked.Increment(ref _pages);

    /// <summary>Counts a page that has left.</summary>
    public void PageWent() => Interlocked.Decrement(ref _pages);

    /// <summary>Cuts all streams.</summary>
    public void CutAll()
    {
        Streams.CutAll();
        PayloadStreams.CutAll();
        PingStreams.CutAll();
        Interlocked.Exchange(ref _closing, new()).Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in new[] { Feed, Overrides })
        {
            if (feed is not null)
            {
                await feed.DisposeAsync();
            }
        }

        await Client.DisposeAsync();
        Streams.Dispose();
        PayloadStreams.Dispose();
        PingStreams.Dispose();
        _closing.Dispose();
    }

    private void TellActivity() => ActivityChanged?.Invoke();
}
