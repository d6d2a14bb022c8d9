using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Telemetry;
using Halyard.Tests.Support;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.WritingThrough;

/// <summary>Nothing that is wrong around it ends the writing, and whether it goes well can be seen.</summary>
public sealed class WriteThroughSurvivalTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly Counting _store = new();
    private readonly MemoryStore _memory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(WriteThroughOptions.MarkerCheckInterval))]
    [InlineData(nameof(WriteThroughOptions.WriteTimeout))]
    [InlineData(nameof(WriteThroughOptions.FlushTimeout))]
    public async Task No_time_is_too_long_or_too_short_for_it(string option)
    {
        foreach (var value in (TimeSpan[])[TimeSpan.MaxValue, TimeSpan.MinValue, TimeSpan.FromDays(60), TimeSpan.FromSeconds(-7)])
        {
            var options = new WriteThroughOptions(new NoStore());
            typeof(WriteThroughOptions).GetProperty(option)!.SetValue(options, value);
            var writer = new PersistentStoreWriter(_memory, _store, options, TimeProvider.System, NullLogger.Instance);
            await WritesAsync(writer, TimeProvider.System);
            await writer.DisposeAsync().AsTask().WaitAsync(Bound, Token);
        }
    }

    [Fact]
    public async Task A_logger_that_throws_does_not_end_it()
    {
        var clock = new FakeTimeProvider();
        await using var writer = new PersistentStoreWriter(_memory, _store, new(new NoStore()), clock, new ThrowingLogger(), () => 0);
        await WritesAsync(writer, clock);
        for (var i = 0; i < 3; i++)
        {
            _store.Failure = new IOException("gone");
            writer.Write(Change(i + 10), _memory.Snapshot);
            await Conditions.UntilAsync(() => writer.Status.StoreDown);
            _store.Failure = null;
            await Conditions.UntilAsync(() =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return writer.Status is { StoreDown: false, Pending: 0 };
            });
        }
    }

    [Fact]
    public async Task A_clock_that_throws_for_a_while_does_not_end_it()
    {
        var clock = new FailingClock();
        await using var writer = new PersistentStoreWriter(_memory, _store, new(new NoStore()), clock, NullLogger.Instance, () => 0);
        await WritesAsync(writer, clock);
        clock.Fails = true;
        var writes = _store.Writes;
        writer.Write(Change(20), _memory.Snapshot);
        await Conditions.UntilAsync(() => clock.Failures > 0);
        clock.Fails = false;
        await Conditions.UntilAsync(() => _store.Writes > writes && writer.Pending == 0);
    }

    [Fact]
    public async Task That_the_store_is_down_is_seen_in_the_status_and_in_the_metrics()
    {
        var clock = new FakeTimeProvider();
        _store.Identity = "store-" + Guid.NewGuid();
        using var down = new MetricCollector<long>(null, HalyardTelemetry.MeterName, "halyard.store.writers_down");
        var writer = new PersistentStoreWriter(_memory, _store, new(new NoStore()), clock, NullLogger.Instance, () => 0);
        await WritesAsync(writer, clock);
        Assert.Equal(new(_store.Identity, false, clock.Start, 0, null), writer.Status);

        clock.Advance(TimeSpan.FromSeconds(5));
        _store.Failure = new IOException("gone");
        writer.Write(Change(2), _memory.Snapshot);
        await Conditions.UntilAsync(() => writer.Status.StoreDown && Down(down) == 1);
        Assert.Equal((clock.Start + TimeSpan.FromSeconds(5), 1, "gone"), (writer.Status.Since, writer.Status.Pending, writer.Status.LastError));

        _store.Failure = null;
        await Conditions.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return !writer.Status.StoreDown && Down(down) == 0;
        });
        Assert.Equal(0, writer.Status.Pending);
        Assert.Equal("gone", writer.Status.LastError);

        // A closed writer is not counted, down as it may be.
        _store.Failure = new IOException("gone again");
        writer.Write(Change(3), _memory.Snapshot);
        await Conditions.UntilAsync(() => Down(down) == 1);
        var disposal = writer.DisposeAsync().AsTask();
        await Conditions.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return disposal.IsCompleted;
        });
        await disposal;
        Assert.Equal(0, Down(down));
    }

    [Fact]
    public async Task A_client_tells_the_status_of_the_store_it_writes_to_and_none_without_one()
    {
        await using var without = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(new()) }, Token);
        Assert.Null(without.WriteThroughStatus);
        _store.Failure = new IOException("gone");
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(new()), WriteThrough = new(new OneWriter(_store)) { FlushTimeout = TimeSpan.Zero } }, Token);
        await Conditions.UntilAsync(() => client.WriteThroughStatus is { StoreDown: true, LastError: "gone", Pending: > 0 });
    }

    private long Down(MetricCollector<long> collector) => collector.GetMeasurementSnapshot()
        .Where(measurement => Equals(measurement.Tags[HalyardMetrics.StoreTag], _store.Identity)).Sum(measurement => measurement.Value);

    private async Task WritesAsync(PersistentStoreWriter writer, TimeProvider clock)
    {
        for (var version = 1; version <= 3; version++)
        {
            var writes = _store.Writes;
            writer.Write(Change(version), _memory.Snapshot);
            await Conditions.UntilAsync(() => _store.Writes > writes && writer.Pending == 0);
            (clock as FakeTimeProvider)?.Advance(TimeSpan.Zero);
        }
    }

    private static DataWrite Change(long version) => DataWrite.Of(new ChangeSet(
        ChangeSetKind.Partial, [ItemDescriptor<Flag>.Of("a", version, new Flag { Key = "a", Version = version })], default));

    private sealed class Counting : ISerializedDataWriter
    {
        private int _writes;

        public volatile Exception? Failure;

        public int Writes => Volatile.Read(ref _writes);

        public string Identity { get; set; } = "counting";

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            Write();
            return default;
        }

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            Write();
            return new(true);
        }

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => Failure is { } failure ? throw failure : new(true);

        public ValueTask DisposeAsync() => default;

        private void Write()
        {
            if (Failure is { } failure)
            {
                throw failure;
            }

            Interlocked.Increment(ref _writes);
        }
    }

    private sealed class OneWriter(ISerializedDataWriter writer) : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => writer;
    }

    private sealed class NoStore : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();
    }

    private sealed class FailingClock : TimeProvider
    {
        private int _failures;

        public volatile bool Fails;

        public int Failures => Volatile.Read(ref _failures);

        public override long GetTimestamp()
        {
            Check();
            return base.GetTimestamp();
        }

        public override DateTimeOffset GetUtcNow()
        {
            Check();
            return base.GetUtcNow();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Check();
            return base.CreateTimer(callback, state, dueTime, period);
        }

        private void Check()
        {
            if (Fails)
            {
                Interlocked.Increment(ref _failures);
                throw new InvalidOperationException("no clock");
            }
        }
    }
}
