using Halyard.Tests.AnalyticsEvents;
using Halyard.Tests.BigSegmentStores;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Faults;

/// <summary>Whatever is thrown into the loops of events, of big segments and of files, or by a listener.</summary>
public sealed class OtherFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Events_go_on_being_delivered() => FaultSweep.RunAsync(clock => new Events(clock), "events: ");

    [Fact]
    public Task Diagnostics_go_on_being_delivered() => FaultSweep.RunAsync(clock => new Diagnostics(clock), "diagnostics: ");

    [Fact]
    public Task The_store_of_big_segments_goes_on_being_asked() => FaultSweep.RunAsync(clock => new Segments(clock), "big segments: ");

    [Fact]
    public Task Files_go_on_being_read() => FaultSweep.RunAsync(clock => new Files(clock), "files: ");

    [Fact]
    public async Task A_listener_that_throws_hears_the_next_change_and_hundreds_of_its_faults_are_one_line()
    {
        foreach (var fault in Fault.Kinds)
        {
            var logs = new FakeLogCollector();
            var data = new TestData();
            await using var client = await Clients.Clients.StartAsync(data, logs);
            var heard = new Journal<string>();
            client.FlagChanges.Changed += change =>
            {
                heard.Add(change.Keys.Single());
                throw fault();
            };
            for (var i = 1; i <= 300; i++)
            {
                data.Update(TestData.Flag("a" + i));
                Assert.Equal("a" + i, await heard.EntryAsync(i));
            }

            Assert.Single(logs.GetSnapshot(), record => record.Level >= LogLevel.Warning);
        }
    }

    private sealed class Events(FaultyClock clock) : EventScenario(clock)
    {
        public override async Task ActAsync()
        {
            for (var version = 2; version <= 4; version++)
            {
                Change(version);
                await Client.FlushAsync(Token).Soon();
            }
        }

        public override void Change(int version) => FaultyClock.Spare(() => Client.Track("v" + version, Clients.Clients.User));

        public override bool HasArrived(int version)
        {
            Client.Flush();
            return Service.Posts.Entries.Any(post => post.Body.Contains($"\"v{version}\"", StringComparison.Ordinal));
        }
    }

    private sealed class Diagnostics(FaultyClock clock) : EventScenario(clock)
    {
        private int _before;

        public override void Change(int version) => _before = Service.Posts.Count;

        public override bool HasArrived(int version) => Service.Posts.Count > _before;

        protected override void Set(EventOptions events) => (events.Diagnostics, events.DiagnosticsInterval) = (true, TimeSpan.FromMinutes(1));
    }

    private abstract class EventScenario(FaultyClock clock) : ClientScenario(clock)
    {
        protected EventService Service { get; } = new();

        // What is still there at the end is delivered with it, or that it was not is told: an end has five of the clock's seconds.
        public override async ValueTask DisposeAsync()
        {
            FaultyClock.Spare(() => Client.Track("last", Clients.Clients.User));
            await base.DisposeAsync();
            Assert.True(
                Service.Posts.Entries.Any(post => post.Body.Contains("\"last\"", StringComparison.Ordinal))
                || Logs.GetSnapshot().Any(record => record.Level >= LogLevel.Warning),
                "The last event is lost, and nobody was told.");
        }

        protected virtual void Set(EventOptions events)
        {
        }

        protected override void Configure(ClientOptions options)
        {
            options.DataSystem = DataSystem.TestData(new());
            options.Events = new() { FlushInterval = TimeSpan.FromHours(1), Gzip = false, Diagnostics = false };
            Set(options.Events);
            options.Http.HandlerFactory = () => Service;
            options.Http.ResponseTimeout = TimeSpan.FromHours(10);
        }
    }

    private sealed class Segments(FaultyClock clock) : ClientScenario(clock)
    {
        private readonly ScriptedStore _store = new();
        private volatile bool _isThere = true;

        public override bool IsTold => Logs.GetSnapshot().Any(record => record.Level >= LogLevel.Error);

        public override void Change(int version) => _isThere = version % 2 == 0;

        public override bool HasArrived(int version) => Client.BigSegmentStoreStatus.Current.Available == _isThere;

        protected override void Configure(ClientOptions options)
        {
            _store.OnMetadata = _ => _isThere ? Task.FromResult<BigSegmentStoreMetadata?>(new(DateTimeOffset.MaxValue)) : throw new IOException("not there");
            options.DataSystem = DataSystem.TestData(new());
            options.BigSegments = new(_ => _store) { QueryTimeout = TimeSpan.FromHours(1), StatusPollInterval = TimeSpan.FromSeconds(5) };
        }
    }

    private sealed class Files(FaultyClock clock) : ClientScenario(clock)
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-faults-");

        private string Path => System.IO.Path.Combine(_directory.FullName, "flags.json");

        public override Task StartAsync()
        {
            Change(1);
            return base.StartAsync();
        }

        public override void Change(int version)
        {
            // As a whole, so that nobody reads half of it.
            var next = Path + ".next";
            File.WriteAllText(next, $"{{\"flags\":{{\"a\":{{\"key\":\"a\",\"version\":{version},\"on\":true,\"variations\":[{version}],\"fallthrough\":{{\"variation\":0}}}}}}}}");
            File.Move(next, Path, overwrite: true);
        }

        public override bool HasArrived(int version) =>
            Client.DataSourceStatus.Current.State == DataSourceState.Valid && Client.IntVariation("a", Clients.Clients.User, 0) >= version;

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _directory.Delete(recursive: true);
        }

        protected override void Configure(ClientOptions options)
        {
            var files = DataSystem.File(Path);
            (files.PollInterval, files.Debounce) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
            options.DataSystem = files;
        }
    }
}
