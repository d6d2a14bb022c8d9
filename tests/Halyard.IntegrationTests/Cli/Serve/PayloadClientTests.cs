using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

/// <summary>Halyard's own client takes its data from the development server by FDv2, come what may.</summary>
public sealed class PayloadClientTests : PayloadTestBase
{
    [Fact]
    public async Task A_stream_that_comes_back_says_where_it_was_and_gets_the_difference()
    {
        var server = await ServeAsync();
        server.Put(DataKind.Flag, "b", FlagB);
        await using var client = await ConnectAsync(server, Streaming());
        var state = StateOf(server);

        Interrupt(server);
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        server.ClearFaults();
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");

        Assert.Equal(1, client.IntVariation("b", User, 0));
        Assert.Equal(["xfer-full payload-missing 2", "xfer-changes stale 1"], Transfers);
        Assert.Equal("/sdk/stream", Requests.First());
        Assert.All(Requests.Skip(1), r => Assert.Equal("/sdk/stream?basis=" + state, r));
        // The tail of the same stream.
        server.Delete(DataKind.Flag, "b");
        await Conditions.UntilAsync(() => client.IntVariation("b", User, 0) == 0);
        Assert.Equal(2, Transfers.Length);
    }

    [Fact]
    public async Task A_stream_that_comes_back_to_the_same_data_gets_nothing()
    {
        var server = await ServeAsync();
        await using var client = await ConnectAsync(server, Streaming());
        server.CutStreams();
        await Conditions.UntilAsync(() => Transfers.Length == 2);
        Assert.Equal("none up-to-date 0", Transfers[1]);
        await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Bound, Token);
        Assert.Equal("x", client.StringVariation("a", User, ""));
    }

    [Fact]
    public async Task A_client_that_was_away_for_too_long_starts_over()
    {
        var server = await ServeAsync(new() { HistoryLimit = 2 });
        server.Put(DataKind.Flag, "b", FlagB);
        await using var client = await ConnectAsync(server, Streaming());

        Interrupt(server);
        server.Delete(DataKind.Flag, "b");
        Touch(server);
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        server.ClearFaults();
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");

        Assert.Equal(0, client.IntVariation("b", User, 0));
        Assert.Equal(["xfer-full payload-missing 2", "xfer-full cant-catchup 1"], Transfers);
    }

    [Fact]
    public async Task A_server_started_anew_replaces_everything_though_its_versions_are_lower()
    {
        var first = await ServeAsync();
        first.Put(DataKind.Flag, "b", FlagB);
        for (var i = 0; i < 5; i++)
        {
            Touch(first);
        }

        await using var client = await ConnectAsync(first, Streaming());
        var state = StateOf(first);
        await first.StopListeningAsync().WaitAsync(Bound, Token);

        var second = await ServeAsync(new() { Port = first.BaseUri.Port }, """{"key":"a","version":1,"on":false,"variations":["x","z"],"offVariation":1}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "z");

        Assert.Equal(0, client.IntVariation("b", User, 0));
        Assert.Contains("/sdk/stream?basis=" + state, Requests);
        Assert.Equal("xfer-full payload-missing 1", Transfers[^1]);
        Assert.NotEqual(state.Split(':')[1], StateOf(second).Split(':')[1]);
    }

    [Fact]
    public async Task Polls_get_everything_once_and_then_what_has_changed()
    {
        var server = await ServeAsync();
        server.Put(DataKind.Flag, "b", FlagB);
        await using var client = await ConnectAsync(server, Polling());
        await Conditions.UntilAsync(() => Transfers.Length >= 2);
        Assert.Equal(["xfer-full payload-missing 2", "none up-to-date 0"], Transfers.Take(2));

        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
        Assert.Contains("xfer-changes stale 1", Transfers);
        Assert.Single(Transfers, t => t.StartsWith("xfer-full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_of_a_transfer_that_breaks_off_is_seen()
    {
        var server = await ServeAsync();
        server.AddFault(new(FaultKind.Error) { Times = 1 });
        server.AddFault(new(FaultKind.Cut) { Times = 1, Bytes = 300 });
        await using var client = await ConnectAsync(server, Streaming());
        Assert.Equal("x", client.StringVariation("a", User, ""));

        // Says that every flag is deleted, and takes it back.
        server.HappenNow(new(FaultKind.Error));
        server.Put(DataKind.Flag, "b", FlagB);
        await Conditions.UntilAsync(() => client.IntVariation("b", User, 0) == 1);
        Assert.Equal("x", client.StringVariation("a", User, ""));
        Assert.Equal(["/sdk/stream", "/sdk/stream"], Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Garbage_on_an_open_stream_or_a_poll_costs_no_data(bool streaming)
    {
        var server = await ServeAsync();
        await using var client = await ConnectAsync(server, streaming ? Streaming() : Polling());
        if (streaming)
        {
            Assert.Equal(1, server.HappenNow(new(FaultKind.Garbage)));
        }
        else
        {
            server.AddFault(new(FaultKind.Garbage) { Times = 2 });
        }

        await Conditions.UntilAsync(() => client.DataSourceStatus.Current.LastError?.Kind == DataSourceErrorKind.InvalidData);
        Assert.Equal("x", client.StringVariation("a", User, ""));
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
        await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Bound, Token);
    }

    [Fact]
    public async Task A_goodbye_is_followed_by_a_new_stream()
    {
        var server = await ServeAsync();
        await using var client = await ConnectAsync(server, Streaming());
        Assert.Equal(1, server.HappenNow(new(FaultKind.Goodbye) { Reason = "moving" }));
        await Conditions.UntilAsync(() => Transfers.Length == 2 && server.StreamCount == 1);
        Assert.Equal("none up-to-date 0", Transfers[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_order_to_use_FDv1_is_followed(bool byGoodbye)
    {
        var server = await ServeAsync();
        var chain = DataSystem.Chain().AddSynchronizers(Streaming()).UseFdv1Fallback(new StreamingOptions { InitialReconnectDelay = TimeSpan.FromMilliseconds(10) });
        if (!byGoodbye)
        {
            server.AddFault(new(FaultKind.Fallback));
        }

        await using var client = await ConnectAsync(server, chain);
        if (byGoodbye)
        {
            server.HappenNow(new(FaultKind.Goodbye) { TtlSeconds = 3600 });
        }

        await Conditions.UntilAsync(() => Requests.Contains("/all"));
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
        await Conditions.UntilAsync(() => server.StreamCount == 1);
        Assert.Equal(["/sdk/stream", "/all"], Requests);
    }

    [Fact]
    public async Task While_streams_fail_polling_takes_over_from_the_same_state()
    {
        var server = await ServeAsync();
        var chain = DataSystem.Chain().AddSynchronizers(Streaming(), Polling());
        chain.FallbackAfter = TimeSpan.FromMilliseconds(100);
        await using var client = await ConnectAsync(server, chain);
        var state = StateOf(server);

        Interrupt(server);
        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
        Assert.Contains("/sdk/poll?basis=" + state, Requests);
        Assert.Contains("xfer-changes stale 1", Transfers);
    }

    // Cuts the streams and keeps new ones from opening.
    private static void Interrupt(DevServer server)
    {
        server.AddFault(new(FaultKind.Status) { StatusCode = 503, Path = PayloadEndpoint.StreamPath });
        server.CutStreams();
    }
}
