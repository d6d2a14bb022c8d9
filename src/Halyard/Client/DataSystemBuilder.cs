using System.Diagnostics;
using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.DataSystems.Offline;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.DataSystems.Sources.Polling;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Http;
using Halyard.Overrides;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Wires a data system from the client's options: the only place where the parts are put together. Options are data and
/// know no part; the parts know each other by interfaces alone. Nothing is opened or started here.
/// </summary>
internal sealed class DataSystemBuilder
{
    private readonly DataSystemContext _context;
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;
    private readonly QuarantineLedger _ledger;

    // What is to end when the rest cannot be made.
    private readonly List<object> _made = [];

    /// <summary>The connections that the sources of a chain share; null when each source has its own.</summary>
    private ServiceHttpClient? _sharedHttp;

    /// <param name="context">What to build from.</param>
    public DataSystemBuilder(DataSystemContext context)
    {
        _context = context;
        _options = context.Options;
        _time = context.Options.TimeProvider;
        _ledger = new(Logger("Data"), _time, context.Status.ReportQuarantined, context.Metrics);
    }

    /// <summary>Builds the system that the client's options ask for.</summary>
    public static BuiltDataSystem Build(DataSystemContext context) => new DataSystemBuilder(context).Build();

    private BuiltDataSystem Build()
    {
        try
        {
            return BuildSystem() with { Overrides = OpenOverrides() };
        }
        catch
        {
            // Whoever wanted the client is told why there is none, and need not wait for the end of what there is.
            _ = Task.Run(EndMadeAsync);
            throw;
        }
    }

    private async Task EndMadeAsync()
    {
        // Nobody is there to be told of a failure.
        var ending = new Ending();
        for (var i = _made.Count - 1; i >= 0; i--)
        {
            if (_made[i] is IAsyncDisposable part)
            {
                await ending.StepAsync(part).ConfigureAwait(false);
            }
            else
            {
                ending.Step(() => (_made[i] as IDisposable)?.Dispose());
            }
        }
    }

    private T Made<T>(T part)
        where T : class
    {
        _made.Add(part);
        return part;
    }

    // Lazy Load ends its reader, which is not to end twice.
    private LazyLoad Made(LazyLoad system, ISerializedDataReader reader)
    {
        _made.RemoveAll(made => ReferenceEquals(made, reader));
        return Made(system);
    }

    private BuiltDataSystem BuildSystem() => _options.Offline
        ? new(new OfflineSystem())
        : _options.DataSystem switch
        {
            LazyLoadOptions options => OnDemand(options),
            SourceChainOptions options => OfChain(options),

            // FDv2 knows an order to fall back, which is for a chain to follow, even when it has one source.
            StreamingOptions { Protocol: ProtocolVersion.Fdv2 } or PollingOptions { Protocol: ProtocolVersion.Fdv2 } =>
                OfChain(new() { Synchronizers = { (SourceOptions)_options.DataSystem } }),
            SourceOptions options => OfSource(Made(Source(options).Create(_context.Status.Reporter)), _options.WriteThrough),
            var other => throw new UnreachableException($"There is no data system of {other.GetType()}."),
        };

    private BuiltDataSystem OfSource(IDataSynchronizer source, WriteThroughOptions? writeTo) =>
        writeTo is { Mode: StoreMode.SystemOfRecord } ? OfRecord(source, writeTo) : Pushed(Sync(source, writeTo));

    private static BuiltDataSystem Pushed(BackgroundSync sync) => new(sync, Memory: sync.Memory, Writer: sync.Writer);

    private BuiltDataSystem OnDemand(LazyLoadOptions options)
    {
        var logger = Logger("LazyLoad");
        var reader = OpenReader(options);
        var deserializer = new JsonDeserializer(reader, logger, _ledger, _time, _context.Metrics);
        var system = Made(new(deserializer, options, _context.Status.Reporter, _time, logger, _options.Random, _context.Changes, _context.Metrics), reader);
        return new(system, Lazy: system, LazyLoad: system);
    }

    private BuiltDataSystem OfChain(SourceChainOptions options)
    {
        // One set of connections for all: changing over need not connect anew.
        var usesHttp = options.Initializers.Concat(options.Synchronizers).Append(options.Fdv1Fallback)
            .Any(static source => source is StreamingOptions or PollingOptions);
        _sharedHttp = usesHttp ? NewHttp(Logger("Http")) : null;
        var chain = Made(new SourceChain(ChainSettings(options), _context.Status, _time, Logger("Sources"), _sharedHttp, _options.Random));
        var writeTo = options.WriteTo ?? _options.WriteThrough;
        if (options.ReadFirst is not { } readFirst)
        {
            return OfSource(chain, writeTo);
        }

        var sync = Sync(chain, writeTo);
        var system = StoreFirst(readFirst, sync);
        return new(system, Lazy: system, Writer: sync.Writer);
    }

    private StoreFirst StoreFirst(LazyLoadOptions options, BackgroundSync sync)
    {
        var logger = Logger("LazyLoad");
        var reader = OpenReader(options);
        var report = new StoreReadReport(reader.Identity, logger);
        var gate = new MarkerGate(new JsonDeserializer(reader, logger, _ledger, _time, _context.Metrics), MarkerPace.OfItems(options.Ttl), _time);
        var store = Made(new(gate, options, report, _time, logger, _options.Random, metrics: _context.Metrics), reader);
        return new(store, sync, logger);
    }

    private BuiltDataSystem OfRecord(IDataSynchronizer source, WriteThroughOptions options)
    {
        var logger = Logger("LazyLoad");
        var cache = options.Cache ?? new LazyLoadOptions(options.Store);
        var reader = OpenReader(cache);
        var items = new JsonDeserializer(reader, logger, _ledger, _time, _context.Metrics);
        var written = new WrittenReader(items, new MarkerGate(items, MarkerPace.OfItems(cache.Ttl), _time));
        var store = Made(new(written, cache, new StoreReadReport(written.Identity, logger), _time, logger, _options.Random, _context.Changes, _context.Metrics), reader);
        var sync = Sync(source, options, memory => new RecordDestination(memory, store.Answers));
        written.Follow(sync.Memory, sync.Writer!);
        var system = new SystemOfRecord(store, sync);
        return new(system, Lazy: system, Writer: sync.Writer);
    }

    /// <summary>A pushed system around a source, with the store to write through to and the snapshot on disk, if there are any.</summary>
    private BackgroundSync Sync(
        IDataSynchronizer source, WriteThroughOptions? writeTo, Func<MemoryStore, IDataDestination>? createDestination = null) => new(
        source,
        _context.Changes,
        createWriter: writeTo is null ? null : memory => OpenWriter(memory, writeTo),
        disk: _options.Snapshot is { } snapshot
            ? Made(new DiskSnapshot(snapshot, SnapshotIdentity.Of(_options), _time, Logger("Snapshot"), _options.DiskScheduler, _context.Metrics))
            : null,
        ledger: _ledger,
        patterns: new(Logger("Sources")),
        createDestination: createDestination,
        time: _time,
        startLimit: _options.StartTimeout == TimeSpan.Zero ? Ending.Patience : _options.StartTimeout,
        onLateFailure: failure => _context.Status.ReportInterrupted(
            DataSourceErrorKind.Unknown, $"the source {source.Identity} failed to start: {failure.Message}"),
        metrics: _context.Metrics);

    private ISerializedDataReader OpenReader(LazyLoadOptions options) =>
        Made(options.Store.CreateReader(new PersistentStoreContext(_options.Loggers, _time)));

    private PersistentStoreWriter OpenWriter(ISnapshotStore memory, WriteThroughOptions options) => new(
        memory,
        Made(options.Store.CreateWriter(new PersistentStoreContext(_options.Loggers, _time))),
        options,
        _time,
        Logger("WriteThrough"),
        _options.Random,
        _context.Metrics);

    /// <summary>Reads the options of a chain, once.</summary>
    internal SourceChainSettings ChainSettings(SourceChainOptions options)
    {
        var names = new HashSet<string>();
        return new(
            [.. options.Initializers.Select(source => Unique(Source(source), " initializer", names))],
            [.. options.Synchronizers.Select(source => Unique(Source(source), "", names))],
            options.Fdv1Fallback is { } fallback ? Unique(Source(fallback), "", names) : null,
            SwitchingRules.Of(options));
    }

    /// <summary>Gives each source a name of its own: the status tells them apart by it.</summary>
    private static SourceFactory Unique(SourceFactory source, string suffix, HashSet<string> names)
    {
        var name = source.Name + suffix;
        for (var number = 2; !names.Add(name); number++)
        {
            name = $"{source.Name}{suffix} {number}";
        }

        return source with { Name = name };
    }

    /// <summary>Reads the options of a source, once; what this gives makes the source whenever it is wanted.</summary>
    private SourceFactory Source(SourceOptions options) => options switch
    {
        StreamingOptions streaming => Streaming(streaming),
        PollingOptions polling => Polling(polling),
        FileSourceOptions file => File(file),
        TestDataOptions test => new("test data", test.Data.CreateSynchronizer),
        CustomSourceOptions custom => Custom(custom),
        _ => throw new UnreachableException($"There is no source of {options.GetType()}."),
    };

    private SourceFactory Streaming(StreamingOptions options)
    {
        var logger = Logger("Streaming");
        var baseUri = options.BaseUri ?? _options.Endpoints.Streaming;
        var settings = StreamingSettings.Of(options) with { PayloadFilter = ServiceUri.UsableFilter(options.PayloadFilter, logger) };
        var inits = _context.StreamInits;
        return options.Protocol == ProtocolVersion.Fdv2
            ? new(Fdv2StreamingSynchronizer.Name, status => new Fdv2StreamingSynchronizer(
                settings, baseUri, Http(logger), status, _time, logger, _options.Random)
            { Inits = inits, ParseTimes = Times(Fdv2StreamingSynchronizer.Name) })
            : new(StreamingSynchronizer.Name, status => new StreamingSynchronizer(
                settings, baseUri, Http(logger), status, _time, logger, _options.Random)
            { Inits = inits, ParseTimes = Times(StreamingSynchronizer.Name) });
    }

    private SourceFactory Polling(PollingOptions options)
    {
        var logger = Logger("Polling");
        var baseUri = options.BaseUri ?? _options.Endpoints.Polling;
        var settings = PollingSettings.Of(options, logger) with { PayloadFilter = ServiceUri.UsableFilter(options.PayloadFilter, logger) };
        if (options.Protocol == ProtocolVersion.Fdv1)
        {
            return new(PollingSynchronizer.Name, status => new PollingSynchronizer(
                settings, baseUri, Http(logger), status, _time, logger, _options.Random)
            { ParseTimes = Times(PollingSynchronizer.Name) });
        }

        Fdv2PollingSynchronizer Create(IDataSourceStatusReporter status) => new(
            settings, baseUri, Http(logger), status, _time, logger, _options.Random)
        { ParseTimes = Times(Fdv2PollingSynchronizer.Name) };

        return new(Fdv2PollingSynchronizer.Name, Create, Create);
    }

    private SourceFactory File(FileSourceOptions options)
    {
        var logger = Logger("File");
        return new("file", status => new FileSynchronizer(options, status, logger, _time) { ParseTimes = Times("file") });
    }

    private OverrideFiles? OpenOverrides()
    {
        if (_options.Overrides is not { } options)
        {
            return null;
        }

        var logger = Logger("Overrides");
        return new(status => new FileSynchronizer(options, status, logger, _time, areOverrides: true), logger);
    }

    private ParseTimes Times(string source) => new(_context.Metrics, source);

    private SourceFactory Custom(CustomSourceOptions options) => new(
        "custom",
        status => options.Factory(new(status, _options.Loggers, _time))
            ?? throw new InvalidOperationException("The factory of the custom data source gave no synchronizer."));

    /// <summary>What a source sends its requests with, and disposes.</summary>
    private ServiceHttpClient Http(ILogger logger) => _sharedHttp?.Lend() ?? NewHttp(logger);

    private ServiceHttpClient NewHttp(ILogger logger) =>
        Made(ServiceHttpClient.Create(_options, _context.InstanceId, logger, _context.Environment, _context.Received));

    private ILogger Logger(string part) => _options.Loggers.CreateLogger("Halyard." + part);
}
