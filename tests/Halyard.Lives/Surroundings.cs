using Halyard.Lives.Foreign;
using Halyard.Lives.Plan;

namespace Halyard.Lives;

/// <summary>All that a life's client meets: a service, a store, files, loggers, and a clock.</summary>
internal sealed class Surroundings : IDisposable
{
    private readonly LifePlan _plan;
    private readonly LoopbackService _loopback;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _overTask = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<FaultyHandler> _handlers = [];
    private readonly List<FaultySource> _sources = [];
    private readonly TestData _testData = new();
    private readonly Service _service;
    private readonly string _folder;

    public Surroundings(LifePlan plan, LoopbackService loopback, string folder)
    {
        _plan = plan;
        _loopback = loopback;
        _folder = Path.Combine(folder, $"life-{plan.Number}");
        _service = new(plan);
        Dice = new(plan.Number, 2);
        Store = new(plan, 3);
        Segments = new(plan, 4);
        Source = new(plan, 5);
        loopback.Add(plan.Number, _service, _over.Token);
        if (HasFiles)
        {
            Directory.CreateDirectory(_folder);
            File.WriteAllText(FlagFile, Texts.DataSetJson);
        }
    }

    public Dice Dice { get; }

    public FastTime Time { get; } = new();

    public Part Store { get; }

    public Part Segments { get; }

    public Part Source { get; }

    private bool HasFiles => _plan.Kind == LifeKind.File || _plan.HasSnapshot || _plan.HasOverrideFile;

    private string FlagFile => Path.Combine(_folder, "flags.json");

    public ClientOptions Options()
    {
        var store = new FaultyStore(Store);
        var options = new ClientOptions
        {
            SdkKey = $"sdk-life-{_plan.Number}",
            Offline = _plan.Kind == LifeKind.Offline,
            TimeProvider = Time,
            StartTimeout = _plan.End is EndKind.DuringStart or EndKind.DuringCancelledStart ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Dice.Below(6)),
            Endpoints = ServiceEndpoints.At(_plan.HasSockets ? _loopback.Address(_plan.Number) : new("http://life")),
            DataSystem = System(store),
            WriteThrough = _plan.HasWriteThrough
                ? new(store) { Mode = _plan.Kind == LifeKind.Record ? StoreMode.SystemOfRecord : StoreMode.CopyOfMemory, FlushTimeout = TimeSpan.FromSeconds(Dice.Below(6)) }
                : null,
            BigSegments = _plan.HasBigSegments ? new(_ => new FaultySegments(Segments)) { QueryTimeout = TimeSpan.FromMilliseconds(200) } : null,
            Snapshot = _plan.HasSnapshot ? new(Path.Combine(_folder, Dice.Pick("snapshot", "missing/snapshot"))) { Interval = TimeSpan.FromSeconds(Dice.Below(3)) } : null,
            Overrides = _plan.HasOverrideFile ? DataSystem.File(FlagFile) : null,
            Events = _plan.HasEvents
                ? new() { Diagnostics = _plan.HasDiagnostics, DiagnosticsInterval = TimeSpan.FromMinutes(1), Gzip = Dice.Chance(0.5), FlushInterval = TimeSpan.FromSeconds(Dice.Pick(1, 5, 60)), Capacity = Dice.Pick(10, 1000) }
                : null,
        };
        if (!_plan.HasSockets)
        {
            options.Http.HandlerFactory = MakeHandler;
        }

        if (_plan.Log != LogFault.None)
        {
            options.LoggerFactory = new FaultyLoggers(_plan.Log, new(_plan.Number, 6));
        }

        if (_plan.HasHook)
        {
            options.Hooks.Add(new FaultyHook());
        }

        return options;
    }

    /// <summary>Something happens where the data comes from.</summary>
    public void Stir()
    {
        try
        {
            StirSource();
            if (HasFiles && Directory.Exists(_folder))
            {
                File.WriteAllText(FlagFile, Dice.Pick(Texts.DataSetJson, "{", "", "{\"flagValues\":{\"f0\":true}}"));
            }
        }
        catch (IOException)
        {
            // Two write at once.
        }
    }

    /// <summary>Lets go of everybody who is kept waiting.</summary>
    public void Release()
    {
        Store.Release();
        Segments.Release();
        Source.Release();
        _overTask.TrySetResult();
        _over.Cancel();
    }

    /// <summary>What is left of the client; null for nothing.</summary>
    public string? Left()
    {
        lock (_handlers)
        {
            return (Time.Timers, Store.Open, Segments.Open, Source.Open, Store.Tied + Segments.Tied + Source.Tied, _handlers.Count(static handler => !handler.IsDisposed)) is var left
                && left != default
                ? $"{left.Item1} timers, {left.Item2} ways to the store, {left.Item3} to the segments, {left.Item4} sources, {left.Item5} calls, {left.Item6} handlers"
                : null;
        }
    }

    public void Dispose()
    {
        _loopback.Remove(_plan.Number);
        if (HasFiles)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException)
            {
                // A save that the end went on without may still be at it; the folder of all goes at the end.
            }
        }
    }

    private void StirSource()
    {
        if (_plan.Kind == LifeKind.TestData)
        {
            _testData.Update(Texts.Flag(Dice.Below(Texts.Flags), 1 + Dice.Below(1000)).Item!);
            return;
        }

        FaultySource[] sources;
        lock (_sources)
        {
            sources = [.. _sources];
        }

        foreach (var source in sources)
        {
            source.Stir();
        }
    }

    private DataSystemOptions System(FaultyStore store) => _plan.Kind switch
    {
        LifeKind.Streaming1 or LifeKind.Record => Stream(ProtocolVersion.Fdv1),
        LifeKind.Streaming2 => Stream(ProtocolVersion.Fdv2),
        LifeKind.Polling1 => Poll(ProtocolVersion.Fdv1),
        LifeKind.Polling2 => Poll(ProtocolVersion.Fdv2),
        LifeKind.Chain1 => DataSystem.Chain().AddInitializers(Poll(ProtocolVersion.Fdv1)).AddSynchronizers(Stream(ProtocolVersion.Fdv1), Custom(), DataSystem.TestData(_testData)),
        LifeKind.Chain2 => DataSystem.Default(),
        LifeKind.File => DataSystem.File(FlagFile),
        LifeKind.TestData => DataSystem.TestData(_testData),
        LifeKind.Custom => Custom(),
        LifeKind.LazyLoad => Lazy(store),
        LifeKind.StoreFirst => StoreFirst(store),
        _ => DataSystem.Default(),
    };

    private SourceChainOptions StoreFirst(FaultyStore store)
    {
        var options = DataSystem.Default();
        options.ReadFirst = Lazy(store);
        options.WriteTo = new(store) { FlushTimeout = TimeSpan.FromSeconds(Dice.Below(6)) };
        return options;
    }

    private LazyLoadOptions Lazy(FaultyStore store) => new(store)
    {
        Ttl = TimeSpan.FromSeconds(Dice.Pick(0, 1, 300)),
        ReadTimeout = TimeSpan.FromMilliseconds(100),
        StaleWhileRevalidate = Dice.Chance(0.3),
        MaxItems = Dice.Chance(0.3) ? 2 : null,
    };

    private CustomSourceOptions Custom() => DataSystem.FromSynchronizer(context =>
    {
        var source = new FaultySource(Source, context.Status);
        lock (_sources)
        {
            _sources.Add(source);
        }

        return source;
    });

    private StreamingOptions Stream(ProtocolVersion protocol) => new()
    {
        Protocol = protocol,
        ReadTimeout = TimeSpan.FromSeconds(Dice.Pick(2, 300)),
        UnexpectedStatus = Dice.Pick(UnexpectedStatusPolicy.RetrySlowly, UnexpectedStatusPolicy.Stop),
    };

    private PollingOptions Poll(ProtocolVersion protocol) => new()
    {
        Protocol = protocol,
        Interval = TimeSpan.FromSeconds(Dice.Pick(1, 30)),
        AllowShortIntervals = true,
    };

    private FaultyHandler MakeHandler()
    {
        var handler = new FaultyHandler(_plan, _service, _overTask.Task);
        lock (_handlers)
        {
            _handlers.Add(handler);
        }

        return handler;
    }
}
