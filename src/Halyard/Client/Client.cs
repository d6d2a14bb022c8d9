using Halyard.AnalyticsEvents;
using Halyard.BigSegments;
using Halyard.DataComponents.Status;
using Halyard.DataInterfaces;
using Halyard.Hooks;
using Halyard.Http;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// The feature-flag client: one for a process. Thread-safe. Reads never throw, never block on pushed data, and give
/// the default value with a reason when there is no better answer.
/// </summary>
/// <example><code>
/// await using var client = await Client.StartAsync(new ClientOptions { SdkKey = key });
/// var isOn = client.BoolVariation("new-checkout", Context.New("user-1"), defaultValue: false);
/// </code></example>
public sealed partial class Client : IHalyardClient, IAsyncDisposable, IDisposable
{
    private readonly ClientOptions _options;
    private readonly IDataSystem _system;
    private readonly BuiltDataSystem _built;
    private readonly FlagReader _reader;
    private readonly BigSegmentSource? _bigSegments;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly string _instanceId = Guid.NewGuid().ToString();
    private readonly StreamInits? _streamInits;
    private readonly ClientMetrics _metrics;
    private readonly ByteCount _received = new();

    // Made by the start; null before it and without events.
    private volatile EventProcessor? _events;

    private Client(ClientOptions options)
    {
        _options = options;
        _timeProvider = options.TimeProvider;
        _metrics = ClientMetrics.Of(options);
        _logger = options.Loggers.CreateLogger("Halyard.Client");
        var sourceLogger = options.Loggers.CreateLogger("Halyard.DataSource");
        var stateEvents = new StateEvents(options.Name, HalyardTelemetry.Diagnostics, HalyardTelemetry.StateChangedEventName, sourceLogger);
        DataSourceStatus = new(_timeProvider, sourceLogger, stateEvents.Note);
        FlagChanges = new(options.Loggers.CreateLogger("Halyard.FlagChanges"));
        _streamInits = options is { Offline: false, Events.Diagnostics: true } ? new StreamInits(_timeProvider) : null;
        var built = DataSystemBuilder.Build(
            new(options, DataSourceStatus, FlagChanges, _instanceId) { Environment = _environment, StreamInits = _streamInits, Metrics = _metrics, Received = _received });
        _system = built.System;
        _built = built;
        _hooks = HookRunner.Create(options.Hooks, options.Loggers);
        var bigSegments = options.Offline ? null : options.BigSegments;
        var bigSegmentLogger = options.Loggers.CreateLogger("Halyard.BigSegments");
        BigSegmentStoreStatus = new(bigSegments, _timeProvider, bigSegmentLogger, _metrics);
        _bigSegments = bigSegments is null
            ? null
            : new(bigSegments, BigSegmentStoreStatus, new(options.Loggers, _timeProvider), bigSegmentLogger, _metrics);
        Overrides = new(_system, FlagChanges, built.Overrides);
        _reader = new(built, Overrides, DataSourceStatus, _bigSegments, options, _logger, _metrics);
        Store = new ClientStore(_reader);
        if (_hooks is null && !HasEvents && _bigSegments is null)
        {
            _plain = built.Memory;
            _plainLazy = built.LazyLoad;
        }
    }

    /// <summary>
    /// Whether flag data has arrived; without it, reads give last known data or defaults. An offline client counts as
    /// initialized: there is nothing to wait for.
    /// </summary>
    public bool Initialized => _options.Offline || Store.Initialized;

    /// <summary>Whether the client was told to open no connection.</summary>
    public bool IsOffline => _options.Offline;

    /// <summary>What the data system calls itself, such as <c>streaming</c> or <c>redis</c>; for logs and status pages.</summary>
    public string DataSystemName => _system.Identity;

    /// <summary>
    /// The flags and segments themselves, as the data system holds them, without <see cref="Overrides"/>; for tools and tests. An
    /// application reads values of flags by the variation methods.
    /// </summary>
    public IStore Store { get; }

    /// <summary>The state of the data source: <c>Current</c>, <c>Changed</c>, <c>WaitForAsync</c>.</summary>
    public DataSourceStatusManager DataSourceStatus { get; }

    IDataSourceStatusProvider IHalyardClient.DataSourceStatus => DataSourceStatus;

    /// <summary>Which flags may now evaluate differently. Lazy Load announces changes where its store tells of them; overrides are always announced.</summary>
    public FlagChanges FlagChanges { get; }

    IFlagChanges IHalyardClient.FlagChanges => FlagChanges;

    /// <summary>Flags and segments that stand in place of those the data system delivers; to be set and removed while the client runs.</summary>
    public FlagOverrides Overrides { get; }

    /// <summary>The state of the store of big segments: <c>Current</c>, <c>GetAsync</c>, <c>Changed</c>; not available when none is configured.</summary>
    public BigSegmentStoreStatusManager BigSegmentStoreStatus { get; }

    IBigSegmentStoreStatusProvider IHalyardClient.BigSegmentStoreStatus => BigSegmentStoreStatus;

    /// <summary>What the cache of Lazy Load has done so far; null for every other data system. Counts what it holds, so it is not for every read.</summary>
    public LazyLoadStatistics? LazyLoadStatistics => _built.LazyLoad?.Statistics;

    /// <summary>How the writing of a persistent store goes; null when the client writes through to none.</summary>
    public WriteThroughStatus? WriteThroughStatus => _built.Writer?.Status;

    /// <summary>The data system, for tests.</summary>
    internal IDataSystem System => _system;

    /// <summary>The client that others are laid around; null when there is none, as with a test's substitute.</summary>
    internal static Client? Behind(IHalyardClient client)
    {
        while (client is DelegatingHalyardClient outer)
        {
            client = outer.Inner;
        }

        return client as Client;
    }

    private bool HasEvents => _options is { Offline: false, Events: not null };
}
