using Halyard.AnalyticsEvents;
using Halyard.BigSegments;
using Halyard.DataInterfaces;
using Halyard.Hooks;
using Halyard.Http;
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
public sealed partial class Client : IAsyncDisposable
{
    private readonly ClientOptions _options;
    private readonly IDataSystem _system;
    private readonly ILazyDataSystem? _lazy;
    private readonly EventProcessor? _events;
    private readonly BigSegmentSource? _bigSegments;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private int _disposed;

    private Client(ClientOptions options)
    {
        _options = options;
        _timeProvider = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger("Halyard.Client");
        DataSourceStatus = new(_timeProvider, options.LoggerFactory.CreateLogger("Halyard.DataSource"));
        FlagChanges = new(options.LoggerFactory.CreateLogger("Halyard.FlagChanges"));
        var instanceId = Guid.NewGuid().ToString();
        var streams = options is { Offline: false, Events.Diagnostics: true } ? new StreamInits(_timeProvider) : null;
        var built = DataSystemBuilder.Build(
            new(options, DataSourceStatus, FlagChanges, instanceId) { Environment = _environment, StreamInits = streams });
        _system = built.System;
        _lazy = built.Lazy;
        _hooks = HookRunner.Create(options.Hooks, options.LoggerFactory);
        _events = options is { Offline: false, Events: not null } ? EventProcessor.Start(options, instanceId, streams) : null;
        var bigSegments = options.Offline ? null : options.BigSegments;
        var bigSegmentLogger = options.LoggerFactory.CreateLogger("Halyard.BigSegments");
        BigSegmentStoreStatus = new(bigSegments, _timeProvider, bigSegmentLogger);
        _bigSegments = bigSegments is null
            ? null
            : new(bigSegments, BigSegmentStoreStatus, new(options.LoggerFactory, _timeProvider), bigSegmentLogger);
        if (_hooks is null && _events is null && _bigSegments is null)
        {
            _plain = built.Memory;
            _plainLazy = built.LazyLoad;
        }
    }

    /// <summary>
    /// Whether flag data has arrived; without it, reads give last known data or defaults. An offline client counts as
    /// initialized: there is nothing to wait for.
    /// </summary>
    public bool Initialized => _options.Offline || _system.Initialized;

    /// <summary>Whether the client was told to open no connection.</summary>
    public bool IsOffline => _options.Offline;

    /// <summary>The state of the data source: <c>Current</c>, <c>Changed</c>, <c>WaitForAsync</c>.</summary>
    public DataSourceStatusManager DataSourceStatus { get; }

    /// <summary>Which flags may now evaluate differently. Data fetched on demand announces nothing.</summary>
    public FlagChanges FlagChanges { get; }

    /// <summary>The state of the store of big segments: <c>Current</c>, <c>GetAsync</c>, <c>Changed</c>; not available when none is configured.</summary>
    public BigSegmentStoreStatusManager BigSegmentStoreStatus { get; }

    /// <summary>What the data system calls itself, such as <c>streaming</c>.</summary>
    internal string Identity => _system.Identity;

    /// <summary>The data system, for the tool's status and for tests.</summary>
    internal IDataSystem System => _system;

    /// <summary>
    /// Starts a client and waits for its first data, at most <see cref="ClientOptions.StartTimeout"/>; then returns a
    /// working client that goes on trying. <see cref="Initialized"/> says which. An error that trying again soon will
    /// not mend (a wrong key) ends the wait at once. With a snapshot on disk there is no wait, unless
    /// <see cref="SnapshotOptions.WaitForFreshData"/> asks for it.
    /// </summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing is left running.</exception>
    public static async Task<Client> StartAsync(ClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        cancellationToken.ThrowIfCancellationRequested();

        var client = new Client(options);
        try
        {
            await client.BeginAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends all work and closes all connections. Later reads give last known data. A second call does nothing.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            await _system.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ClientLog.DisposeFailed(_logger, e, _system.Identity);
        }

        if (_events is not null)
        {
            await _events.DisposeAsync().ConfigureAwait(false);
        }

        if (_bigSegments is not null)
        {
            await _bigSegments.DisposeAsync().ConfigureAwait(false);
        }

        DataSourceStatus.Close();
        FlagChanges.Complete();
    }

    /// <summary>Fails with one clear error when the options cannot work; opens nothing.</summary>
    internal static void Validate(ClientOptions options) => options.Validate();

    /// <summary>Starts the work and waits as <see cref="StartAsync"/> says. To be called once.</summary>
    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (_options.Offline)
        {
            ClientLog.Offline(_logger);
            DataSourceStatus.Close();
            return;
        }

        _bigSegments?.Start();
        await _system.StartAsync(cancellationToken).ConfigureAwait(false);
        var outcome = DataSourceStatus.FirstOutcome;
        if (_options.Snapshot is { WaitForFreshData: false } && _system.Initialized && !outcome.IsCompleted)
        {
            ClientLog.StartedWithLastKnown(_logger, _system.Identity);
            return;
        }

        try
        {
            if (_options.StartTimeout > TimeSpan.Zero || _options.StartTimeout == Timeout.InfiniteTimeSpan)
            {
                await outcome.WaitAsync(_options.StartTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            // Not an error of the caller's: the client works with what it has and goes on trying.
        }

        if (outcome.IsCompletedSuccessfully && outcome.Result)
        {
            ClientLog.Started(_logger, _system.Identity);
        }
        else
        {
            ClientLog.StartedWithoutData(
                _logger, _system.Identity, DataSourceStatus.Current.LastError?.Message ?? "no data has arrived in time");
        }
    }
}
