using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Evaluation;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.LazyLoading;

/// <summary>A Lazy Load system over a fake source and clock, and reads of it as the client does them.</summary>
internal sealed class LazyLoadHarness : IAsyncDisposable
{
    public LazyLoadHarness(Action<LazyLoadOptions>? configure = null, double random = 0, TimeProvider? timeProvider = null, int largestBatch = 1, IStoreChangeSource? signals = null)
    {
        Reader = new() { Changes = signals };
        Reader.LargestBatch = largestBatch;
        var options = new LazyLoadOptions(new NoStore()) { Ttl = TimeSpan.FromMinutes(5) };
        configure?.Invoke(options);
        options.Validate(new ClientOptions());
        Logger = new FakeLogger();
        Status = new DataSourceStatusManager(timeProvider ?? Clock, Logger);
        System = new LazyLoad(Reader, options, Status.Reporter, timeProvider ?? Clock, Logger, () => random, Changes);
    }

    public FakeDataReader Reader { get; }

    public FlagChanges Changes { get; } = new();

    public SteppedClock Clock { get; } = new();

    public FakeLogger Logger { get; }

    public DataSourceStatusManager Status { get; }

    public LazyLoad System { get; }

    /// <summary>Log lines that people see.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Logger.Collector.GetSnapshot().Where(r => r.Level >= Microsoft.Extensions.Logging.LogLevel.Information).Select(r => r.Message)];

    public static MissedItem Miss(string key) => new(MissKind.Flag, key);

    /// <summary>The version that a synchronous read sees; null when there is no such flag.</summary>
    public long? Read(string key)
    {
        var now = System.Now;
        for (var round = 0; ; round++)
        {
            var scope = new EvaluationScope(System.Snapshot) { NotesMisses = true, Now = now };
            var flag = scope.GetFlag(key);
            if (scope.Misses is not { } misses)
            {
                return flag?.Version;
            }

            Assert.True(round < 3, "The read does not come to an end.");
            System.Fetch(misses);
        }
    }

    public async Task<long?> ReadAsync(string key)
    {
        var now = System.Now;
        for (var round = 0; ; round++)
        {
            if (Look(key, now, out var version) is not { } misses)
            {
                return version;
            }

            Assert.True(round < 3, "The read does not come to an end.");
            await System.FetchAsync(misses, TestContext.Current.CancellationToken);
        }
    }

    public ValueTask DisposeAsync() => System.DisposeAsync();

    private List<MissedItem>? Look(string key, long now, out long? version)
    {
        var scope = new EvaluationScope(System.Snapshot) { NotesMisses = true, Now = now };
        version = scope.GetFlag(key)?.Version;
        return scope.Misses;
    }

    public static MetricCollector<long> Collect(string instrument) => new(null, HalyardTelemetry.MeterName, instrument);

    private sealed class NoStore : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();
    }
}
