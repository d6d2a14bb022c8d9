using Halyard.Cli;
using Halyard.DataComponents;
using Halyard.IntegrationTests.Cli;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Snapshots;

/// <summary>A start from the snapshot on disk goes on from the state that the snapshot names, over a real socket.</summary>
public sealed class SnapshotHandoverTests : PayloadTestBase
{
    private readonly DirectoryInfo _directory;

    public SnapshotHandoverTests() => _directory = NewDirectory();

    private string Path => System.IO.Path.Combine(_directory.FullName, "flags.snapshot");

    [Theory]
    [InlineData("stream", "/sdk/stream")]
    [InlineData("poll", "/sdk/poll")]
    [InlineData("usual", "/sdk/stream")]
    [InlineData("file first", "/sdk/stream")]
    public async Task A_start_serves_the_snapshot_at_once_and_is_sent_what_has_changed_since(string source, string address)
    {
        var server = await ServeAsync();
        server.Put(DataKind.Flag, "b", FlagB);
        server.Put(DataKind.Flag, "kept", FlagB.Replace("\"b\"", "\"kept\"", StringComparison.Ordinal));
        var state = await LeaveSnapshotAsync(server);
        var before = Transfers.Length;
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        server.Delete(DataKind.Flag, "b");
        server.Put(DataKind.Segment, "s", "{}");

        // Held back until the clock is moved on.
        server.AddFault(new(FaultKind.Delay) { Delay = TimeSpan.FromMinutes(1), Times = 1 });
        await using (var client = await ConnectAsync(server, Source(source), new(Path)))
        {
            Assert.Equal(("x", 1, 1), Read(client));
            Assert.Equal(DataSourceState.Initializing, client.DataSourceStatus.Current.State);

            await Conditions.UntilAsync(() =>
            {
                // Again and again: the request may not have come to its wait yet.
                Time.Advance(TimeSpan.FromMinutes(1));
                return client.DataSourceStatus.Current.State == DataSourceState.Valid;
            });
            Assert.Equal(("y", 0, 1), Read(client));
            AssertHolds(client, server);
            Assert.Equal($"{address}?basis={state}", Requests.First());
            Assert.Equal("xfer-changes stale 3", Transfers[before]);
            Assert.DoesNotContain(Transfers.Skip(before), t => t.StartsWith("xfer-full", StringComparison.Ordinal));
        }

        Assert.Equal(StateOf(server), StateOnDisk(server));
    }

    [Theory]
    [InlineData("stream", true)]
    [InlineData("stream", false)]
    [InlineData("poll", true)]
    [InlineData("poll", false)]
    public async Task When_the_service_does_not_know_the_state_any_more_everything_is_replaced(string source, bool isRestarted)
    {
        var server = await ServeAsync(new() { HistoryLimit = 1 });
        server.Put(DataKind.Flag, "b", FlagB);
        var state = await LeaveSnapshotAsync(server);
        var before = Transfers.Length;
        if (isRestarted)
        {
            await server.StopListeningAsync().WaitAsync(Bound, Token);
            server = await ServeAsync(new() { Port = server.BaseUri.Port }, flag: null);
            server.Put(DataKind.Flag, "kept", FlagB.Replace("\"b\"", "\"kept\"", StringComparison.Ordinal));
        }
        else
        {
            server.Delete(DataKind.Flag, "a");
            server.Delete(DataKind.Flag, "b");
            server.Put(DataKind.Flag, "kept", FlagB.Replace("\"b\"", "\"kept\"", StringComparison.Ordinal));
        }

        await using (var client = await ConnectAsync(server, Source(source), new(Path)))
        {
            await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Bound, Token);
            Assert.Equal(("", 0, 1), Read(client));
            AssertHolds(client, server);
            Assert.EndsWith("?basis=" + state, Requests.First(), StringComparison.Ordinal);
            Assert.Equal(isRestarted ? "xfer-full payload-missing 1" : "xfer-full cant-catchup 1", Transfers[before]);
        }

        Assert.Equal(StateOf(server), StateOnDisk(server));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(400)]
    public async Task A_delta_that_is_cut_leaves_the_snapshot_as_it_was_and_is_asked_for_again(int bytes)
    {
        var server = await ServeAsync();
        server.Put(DataKind.Flag, "b", FlagB);
        var state = await LeaveSnapshotAsync(server);
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        server.Delete(DataKind.Flag, "b");

        server.AddFault(new(FaultKind.Cut) { Bytes = bytes, Times = 1 });
        await using var client = await ConnectAsync(server, Streaming(), new(Path));
        var seen = new HashSet<(string, int, int)>();
        await Conditions.UntilAsync(() =>
        {
            seen.Add(Read(client));
            return client.DataSourceStatus.Current.State == DataSourceState.Valid;
        });
        seen.Add(Read(client));
        Assert.Subset(new HashSet<(string, int, int)> { ("x", 1, 0), ("y", 0, 0) }, seen);
        AssertHolds(client, server);
        Assert.All(Requests, request => Assert.Equal("/sdk/stream?basis=" + state, request));
    }

    [Fact]
    public async Task A_snapshot_is_kept_of_a_chain_that_reads_a_store_first_as_well()
    {
        var server = await ServeAsync();
        var chain = () => DataSystem.Chain().AddSynchronizers(Streaming()).UsePersistentStore(new SqliteStore(System.IO.Path.Combine(_directory.FullName, "flags.db")));
        await using (await ConnectAsync(server, chain(), new(Path)))
        {
        }

        Assert.Equal(StateOf(server), StateOnDisk(server));
        Requests.Clear();
        await using var client = await ConnectAsync(server, chain(), new(Path));
        await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Bound, Token);
        Assert.Equal("/sdk/stream?basis=" + StateOf(server), Requests.First());
        AssertHolds(client, server);
    }

    private static (string A, int B, int Kept) Read(Client client) =>
        (client.StringVariation("a", User, ""), client.IntVariation("b", User, 0), client.IntVariation("kept", User, 0));

    private static void AssertHolds(Client client, DevServer server)
    {
        var held = client.System.Snapshot;
        Assert.Equal(
            server.Repository.Current.Live().Select(item => (item.Kind, item.Key, item.Version)).Order(),
            held.Flags.Live.Select(flag => (DataKind.Flag, flag.Key, flag.Version))
                .Concat(held.Segments.Live.Select(segment => (DataKind.Segment, segment.Key, segment.Version))).Order());
        Assert.Equal(StateOf(server), held.Selector.State);
    }

    private DataSystemOptions Source(string name)
    {
        switch (name)
        {
            case "stream":
                return Streaming();
            case "poll":
                return Polling();
            case "usual":
                return DataSystem.Default();
            default:
                // Older than the snapshot: nobody is to see it.
                var file = System.IO.Path.Combine(_directory.FullName, "flags.json");
                File.WriteAllText(file, """{"flagValues":{"a":"of the file"}}""");
                return DataSystem.Chain().AddInitializers(DataSystem.File(file)).AddSynchronizers(Streaming());
        }
    }

    private string? StateOnDisk(DevServer server) => new SnapshotFile(
        Path,
        SnapshotIdentity.Of(new() { SdkKey = "sdk-test", Endpoints = ServiceEndpoints.At(server.BaseUri), DataSystem = Streaming() })).Read()!.Header.Selector.State;

    private async Task<string> LeaveSnapshotAsync(DevServer server)
    {
        await using (await ConnectAsync(server, Streaming(), new(Path)))
        {
        }

        Assert.Equal(StateOf(server), StateOnDisk(server));
        Requests.Clear();
        return StateOf(server);
    }
}
