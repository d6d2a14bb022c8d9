using Halyard.Concurrency;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>What is the application's own and does not end holds up the end of a client for a bounded time, and no other part of it.</summary>
public sealed class EndlessEndTests
{
    private readonly RecordingTimeProvider _time = new();
    private readonly ManualResetEventSlim _never = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("source", false)]
    [InlineData("source", true)]
    [InlineData("store", false)]
    [InlineData("store", true)]
    [InlineData("write", false)]
    [InlineData("write", true)]
    [InlineData("segments", false)]
    [InlineData("segments", true)]
    [InlineData("start", false)]
    [InlineData("start", true)]
    [InlineData("token", true)]
    public async Task It_is_gone_on_without(string part, bool blocks)
    {
        try
        {
            var endless = new Endless(part, blocks, _never);
            var options = new ClientOptions
            {
                SdkKey = "key",
                TimeProvider = _time,
                StartTimeout = TimeSpan.Zero,
                DataSystem = DataSystem.FromSynchronizer(_ => endless),
                WriteThrough = new(endless) { FlushTimeout = TimeSpan.Zero },
                BigSegments = new(_ => endless.Segments),
            };
            var client = Client.Create(options);
            _ = client.StartAsync(Token);
            await endless.Started.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
            await using var changes = client.FlagChanges.GetAsyncEnumerator(Token);
            var next = changes.MoveNextAsync().AsTask();
            var end = Task.Run(() => client.DisposeAsync().AsTask(), Token);

            // No more than the start, its token, the source and the store can be waited for one after the other.
            var waited = TimeSpan.Zero;
            await Conditions.UntilAsync(() =>
            {
                if (!end.IsCompleted && _time.Timers.Entries.Any(due => due == Ending.Patience))
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    waited += TimeSpan.FromSeconds(1);
                }

                return end.IsCompleted;
            });
            await end;
            Assert.InRange(waited, TimeSpan.Zero, 5 * Ending.Patience);
            Assert.False(await next);
            Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        }
        finally
        {
            _never.Set();
        }
    }

    /// <summary>A source and two stores in one, of which one thing never ends: it waits, or it blocks its caller.</summary>
    private sealed class Endless(string part, bool blocks, ManualResetEventSlim never) :
        IDataSynchronizer, IPersistentStore
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Identity => "endless";

        public async Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            if (part == "token")
            {
                cancellationToken.Register(() => never.Wait(CancellationToken.None));
            }

            destination.Init(DataSet.Empty);
            if (part != "write")
            {
                Started.TrySetResult();
            }

            await Task.Yield();
            await EndlessAsync("start");
        }

        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new Writer(this);

        public IBigSegmentStore Segments => new SegmentStore(this);

        public ValueTask DisposeAsync() => new(EndlessAsync("source"));

        private Task EndlessAsync(string what)
        {
            if (what != part)
            {
                return Task.CompletedTask;
            }

            if (!blocks)
            {
                return new TaskCompletionSource().Task;
            }

            never.Wait(CancellationToken.None);
            return Task.CompletedTask;
        }

        private sealed class Writer(Endless owner) : ISerializedDataWriter
        {
            public string Identity => owner.Identity;

            public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
            {
                owner.Started.TrySetResult();
                await owner.EndlessAsync("write");
            }

            public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken) => new(true);

            public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

            public ValueTask DisposeAsync() => new(owner.EndlessAsync("store"));
        }

        private sealed class SegmentStore(Endless owner) : IBigSegmentStore
        {
            public ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken) => default;

            public ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken) => default;

            public ValueTask DisposeAsync() => new(owner.EndlessAsync("segments"));
        }
    }
}
