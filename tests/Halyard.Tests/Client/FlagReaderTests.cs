using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.Clients;

/// <summary>How often a read evaluates and fetches.</summary>
public sealed class FlagReaderTests
{
    private readonly CountingSystem _system = new();

    [Fact]
    public async Task A_cold_key_is_evaluated_fetched_and_evaluated()
    {
        var reader = Open();
        var awaited = await reader.ReadAsync("a", Clients.User, Clients.Token);
        Assert.Equal(("a", 2, 1), (awaited.Flag!.Key, _system.Evaluations, _system.Fetches));

        var blocking = reader.Read("b", Clients.User);
        Assert.Equal(("b", 4, 2), (blocking.Flag!.Key, _system.Evaluations, _system.Fetches));
    }

    [Fact]
    public async Task A_warm_key_is_evaluated_once()
    {
        var reader = Open();
        reader.Read("a", Clients.User);
        _system.Evaluations = 0;

        Assert.Equal("a", (await reader.ReadAsync("a", Clients.User, Clients.Token)).Flag!.Key);
        Assert.Equal("a", reader.Read("a", Clients.User).Flag!.Key);
        Assert.Equal((2, 1), (_system.Evaluations, _system.Fetches));
    }

    [Fact]
    public async Task A_failure_between_the_evaluations_gives_the_default()
    {
        var reader = Open();
        _system.Failure = new InvalidOperationException("broken");
        Assert.Equal(EvaluationErrorKind.Exception, reader.Read("a", Clients.User).Result.Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.Exception, (await reader.ReadAsync("a", Clients.User, Clients.Token)).Result.Reason.ErrorKind);
        Assert.False(reader.ReadAll(Clients.User, AllFlagsOptions.None).IsValid);
        Assert.False((await reader.ReadAllAsync(Clients.User, AllFlagsOptions.None, Clients.Token)).IsValid);
    }

    [Fact]
    public async Task Only_the_callers_own_cancellation_is_thrown()
    {
        var reader = Open();
        _system.Failure = new OperationCanceledException();
        Assert.Equal(EvaluationErrorKind.Exception, (await reader.ReadAsync("a", Clients.User, Clients.Token)).Result.Reason.ErrorKind);

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => reader.ReadAsync("a", Clients.User, cancelled.Token).AsTask());
        await Assert.ThrowsAsync<OperationCanceledException>(() => reader.ReadAllAsync(Clients.User, AllFlagsOptions.None, cancelled.Token).AsTask());
    }

    private FlagReader Open()
    {
        var reader = new FlagReader(
            new(_system, Lazy: _system), new FlagOverrides(_system, new FlagChanges(), null), new DataSourceStatusManager(TimeProvider.System), null, new() { DataSystem = new TestDataOptions(new TestData()) }, NullLogger.Instance);
        reader.Open(events: null);
        return reader;
    }

    /// <summary>Has every flag that is asked for, once it was fetched. An evaluation is a look at the snapshot.</summary>
    private sealed class CountingSystem : ILazyDataSystem
    {
        private readonly MemoryStore _memory = new();

        public int Evaluations { get; set; }

        public int Fetches { get; private set; }

        public Exception? Failure { get; set; }

        public string Identity => "counting";

        public bool FetchesOnDemand => true;

        public bool Initialized => true;

        public long Now => 0;

        public bool AllFresh => false;

        public DataSnapshot Snapshot
        {
            get
            {
                Evaluations++;
                return _memory.Snapshot;
            }
        }

        public bool IsKnown(DataKind kind, string key) => true;

        public void Fetch(IReadOnlyList<MissedItem> misses, long began = 0)
        {
            Fetches++;
            if (Failure is not null)
            {
                throw Failure;
            }

            foreach (var miss in misses)
            {
                _memory.Upsert(DataKind.Flag, miss.Key, Items.Flag(miss.Key));
            }
        }

        public async ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Fetch(misses);
        }

        public void FetchAll() => Fetch([]);

        public ValueTask FetchAllAsync(CancellationToken cancellationToken) => FetchAsync([], cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
