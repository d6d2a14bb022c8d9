using System.Text;
using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.LazyLoading;
using Halyard.Tests.Snapshots;
using Halyard.Tests.Support;

namespace Halyard.Tests.Faults;

/// <summary>Whatever is thrown into what writes a store or a file, or reads a store: changes arrive there, or from there.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public Task The_writing_of_a_store_goes_on() => FaultSweep.RunAsync(clock => new Writing(clock), "write: ");

    [Fact]
    public Task The_saving_of_a_snapshot_goes_on() => FaultSweep.RunAsync(clock => new Saving(clock), "snapshot: ");

    [Fact]
    public Task The_listening_to_a_store_goes_on() => FaultSweep.RunAsync(clock => new Listening(clock), "signals: ");

    [Fact]
    public Task The_probing_of_a_store_goes_on() => FaultSweep.RunAsync(clock => new Probing(clock), "probe: ");

    private static ItemDescriptor<Flag> Flag(int version) => ItemDescriptor<Flag>.Of("a", version, TestFlag(version));

    private static Flag TestFlag(int version) =>
        ((ItemDescriptor<Flag>)ItemDescriptor.FromJson(
            DataKind.Flag, "a", Encoding.UTF8.GetBytes($"{{\"key\":\"a\",\"version\":{version},\"on\":true,\"variations\":[{version}],\"fallthrough\":{{\"variation\":0}}}}"))).Item!;

    private sealed class Writing(FaultyClock clock) : FaultScenario(clock)
    {
        private readonly HeldStore _store = new();
        private readonly MemoryStore _memory = new();
        private PersistentStoreWriter? _writer;

        public override bool IsTold => base.IsTold && _writer!.Status.LastError is not null;

        public override async Task StartAsync()
        {
            _writer = new(_memory, _store, new(_store) { MarkerCheckInterval = TimeSpan.FromSeconds(20) }, Clock, Logger, () => 0);
            var before = _memory.Snapshot;
            _memory.Init(Items.Set(Flag(1)));
            _writer.Write(DataWrite.Of(Items.Set(Flag(1))), before);
            await Conditions.UntilAsync(() => HasArrived(1));
        }

        public override async Task ActAsync()
        {
            await base.ActAsync();

            // The store fails, and loses everything.
            _store.IsDown = true;
            Change(5);
            await Conditions.UntilAsync(() => _writer!.Status.StoreDown || Clock.HasThrown);
            _store.Wipe();
            _store.IsDown = false;
        }

        public override void Change(int version)
        {
            var before = _memory.Snapshot;
            _memory.Upsert(DataKind.Flag, "a", Flag(version));
            _writer!.Write(DataWrite.Of(new ChangeSet(ChangeSetKind.Partial, [Flag(version)], default)), before);
        }

        public override bool HasArrived(int version) => _store.VersionOf(DataKind.Flag, "a") >= version && _writer is { Pending: 0, Status.StoreDown: false };

        public override ValueTask DisposeAsync() => _writer!.DisposeAsync();
    }

    private sealed class Saving(FaultyClock clock) : FaultScenario(clock)
    {
        private readonly TestDirectory _directory = new();
        private readonly MemoryStore _memory = new();
        private DiskSnapshot? _disk;

        public override async Task StartAsync()
        {
            _disk = new(new(_directory.File) { Interval = TimeSpan.FromSeconds(1) }, Snapshots.Snapshots.Key, Clock, Logger);
            await _disk.LoadAsync(_memory, Token);
            _memory.Init(Items.Set(Flag(1)));
            _disk.Changed();
            await Conditions.UntilAsync(() => HasArrived(1));
        }

        public override void Change(int version)
        {
            _memory.Upsert(DataKind.Flag, "a", Flag(version));
            _disk!.Changed();
        }

        public override bool HasArrived(int version)
        {
            // It is replaced as a whole, so that it can be read at any moment.
            return File.Exists(_directory.File)
                && new SnapshotFile(_directory.File, Snapshots.Snapshots.Key).Read()!.Data.Flags.Any(flag => flag.Version >= version);
        }

        public override async ValueTask DisposeAsync()
        {
            await _disk!.DisposeAsync();
            _directory.Dispose();
        }
    }

    private sealed class Listening(FaultyClock clock) : LazyScenario(clock)
    {
        private readonly FakeSignals _signals = new();

        protected override IPersistentStore Opened => new SignallingStore(Store, _signals);

        public override async Task ActAsync()
        {
            await base.ActAsync();

            // The store falls silent, and then cannot be read.
            await Conditions.UntilAsync(() => _signals.IsHeard);
            var calls = _signals.Calls;
            _signals.Lose(new IOException("lost"));
            await Conditions.UntilAsync(() => _signals.Calls > calls && _signals.IsHeard);
            Store.IsDown = true;
            await Conditions.UntilAsync(() =>
            {
                Change(5);
                return Clock.Passes.ContainsKey("signals: try again");
            });
            Store.IsDown = false;
        }

        public override void Change(int version)
        {
            base.Change(version);
            _signals.TrySay(StoreChange.Of(DataKind.Flag, "a"));
        }

        // Items are kept for ever: only a signal has them read again.
        public override bool HasArrived(int version) => Client.IntVariation("a", Clients.Clients.User, 0) >= version;

        protected override void Set(LazyLoadOptions options) =>
            (options.Ttl, options.RefetchSpread) = (Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1));
    }

    private sealed class Probing(FaultyClock clock) : LazyScenario(clock)
    {
        protected override IPersistentStore Opened => Store;

        public override async Task ActAsync()
        {
            await base.ActAsync();
            Store.IsDown = true;
            await Conditions.UntilAsync(() => !HasArrived(5) && Client.DataSourceStatus.Current.State == DataSourceState.Interrupted);
            Store.IsDown = false;
            Change(6);
            await Conditions.UntilAsync(() => HasArrived(6));
        }

        protected override void Set(LazyLoadOptions options) => options.Ttl = TimeSpan.FromSeconds(5);
    }

    private abstract class LazyScenario(FaultyClock clock) : ClientScenario(clock)
    {
        protected HeldStore Store { get; } = new();

        protected abstract IPersistentStore Opened { get; }

        public override void Change(int version) => Store.Put(Flag(version));

        public override bool HasArrived(int version) =>
            Client.IntVariation("a", Clients.Clients.User, 0) >= version && Client.DataSourceStatus.Current.State == DataSourceState.Valid;

        public override async Task StartAsync()
        {
            Change(1);
            await base.StartAsync();
            Client.IntVariation("a", Clients.Clients.User, 0);
        }

        protected abstract void Set(LazyLoadOptions options);

        protected override void Configure(ClientOptions options)
        {
            var lazy = DataSystem.LazyLoad(Opened);
            lazy.FetchTimeout = TimeSpan.FromHours(1);
            Set(lazy);
            options.DataSystem = lazy;
        }
    }
}
