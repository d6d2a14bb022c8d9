using Halyard.Tests.Support;

namespace Halyard.Tests.Snapshots;

/// <summary>A snapshot is used only for the key, service, protocol and filter that its data came by.</summary>
public sealed class SnapshotIdentityTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("same", true)]
    [InlineData("polling", true)]
    [InlineData("chain", true)]
    [InlineData("key", false)]
    [InlineData("filter", false)]
    [InlineData("service", false)]
    [InlineData("base", false)]
    [InlineData("protocol", false)]
    public async Task Another_client_takes_it_over_only_if_all_of_them_are_the_same(string what, bool isTaken)
    {
        using var first = new ScriptedHandler();
        first.ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("s1")));
        await using (var writer = await Client.StartAsync(Options(first, "same"), Snapshots.Token))
        {
            Assert.NotNull(writer.Store.GetFlag("a"));
        }

        using var second = new ScriptedHandler();
        second.ThenFail(new HttpRequestException("away"));
        await using var reader = await Client.StartAsync(Options(second, what), Snapshots.Token);
        Assert.Equal(isTaken, reader.Store.GetFlag("a") is not null);
        await Conditions.UntilAsync(() => second.Requests.Count > 0);
        Assert.Equal(isTaken, second.Requests.Entries[0].RequestUri!.Query.Contains("basis=s1", StringComparison.Ordinal));
    }

    private ClientOptions Options(ScriptedHandler service, string what)
    {
        var streaming = new StreamingOptions { Protocol = what == "protocol" ? ProtocolVersion.Fdv1 : ProtocolVersion.Fdv2 };
        streaming.PayloadFilter = what == "filter" ? "small" : null;
        streaming.BaseUri = what == "base" ? new("http://elsewhere.test/") : null;
        var options = new ClientOptions
        {
            SdkKey = what == "key" ? "sdk-two" : "sdk-one",
            Endpoints = ServiceEndpoints.At(new(what == "service" ? "http://other.test" : "http://flags.test")),
            Snapshot = new(_directory.File),
            DataSystem = what switch
            {
                "polling" => DataSystem.Polling(ProtocolVersion.Fdv2),
                "chain" => DataSystem.Default(),
                _ => streaming,
            },
        };
        options.StartTimeout = service.Requests.Count == 0 && what == "same" ? TimeSpan.FromSeconds(5) : TimeSpan.Zero;
        options.Http.HandlerFactory = () => service;
        return options;
    }
}
