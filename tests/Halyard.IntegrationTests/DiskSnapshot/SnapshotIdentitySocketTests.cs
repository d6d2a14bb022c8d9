using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Snapshots;

/// <summary>
/// A snapshot belongs to a key, a service, a protocol and a filter: a client that differs in one serves nothing of it and
/// sends no state to go on from, as the bytes on the wire show.
/// </summary>
public sealed class SnapshotIdentitySocketTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-identity-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("same", "streaming", true)]
    [InlineData("same", "polling", true)]
    [InlineData("same", "default", true)]
    [InlineData("key", "streaming", false)]
    [InlineData("key", "polling", false)]
    [InlineData("key", "default", false)]
    [InlineData("filter", "streaming", false)]
    [InlineData("filter", "polling", false)]
    [InlineData("endpoint", "streaming", false)]
    [InlineData("endpoint", "polling", false)]
    [InlineData("endpoint", "default", false)]
    [InlineData("path", "streaming", false)]
    [InlineData("base", "streaming", false)]
    [InlineData("base", "polling", false)]
    [InlineData("protocol", "streaming", false)]
    [InlineData("protocol", "polling", false)]
    [InlineData("fallback's filter", "default", false)]
    [InlineData("fallback's base", "default", false)]
    public async Task A_client_goes_on_from_it_only_if_nothing_differs(string what, string source, bool isTaken)
    {
        await using var server = new ScriptedServer();
        await using var other = new ScriptedServer();
        server.ThenStream(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("s1")));
        await using (var writer = await Client.StartAsync(Options(server.Address, server.Address, "same", "streaming"), Token))
        {
            Assert.NotNull(writer.Store.GetFlag("a"));
        }

        var asked = what is "endpoint" or "base" ? other : server;
        var before = asked.Requests.Count;
        var options = Options(server.Address, other.Address, what, source);
        options.StartTimeout = TimeSpan.Zero;
        await using var reader = await Client.StartAsync(options, Token);
        Assert.Equal(isTaken, reader.Store.GetFlag("a") is not null);
        await asked.Requests.UntilAsync(all => all.Count > before);
        Assert.Equal(isTaken, asked.Requests.Entries[before].Target.Contains("basis=s1", StringComparison.Ordinal));
        Assert.Equal(isTaken, asked.Requests.Entries[before].Target.Contains("basis", StringComparison.Ordinal));
    }

    private ClientOptions Options(Uri address, Uri other, string what, string source)
    {
        var protocol = what == "protocol" ? ProtocolVersion.Fdv1 : ProtocolVersion.Fdv2;
        var filter = what == "filter" ? "small" : null;
        var baseUri = what == "base" ? other : null;
        var chain = DataSystem.Default();
        switch (what)
        {
            case "fallback's filter":
                chain.Fdv1Fallback = new PollingOptions { PayloadFilter = "small" };
                break;
            case "fallback's base":
                chain.Fdv1Fallback = new PollingOptions { BaseUri = other };
                break;
        }

        return new()
        {
            SdkKey = what == "key" ? "sdk-two" : "sdk-one",
            Endpoints = ServiceEndpoints.At(what switch
            {
                "endpoint" => other,
                "path" => new(address, "/relay"),
                _ => address,
            }),
            Snapshot = new(Path.Combine(_directory.FullName, "flags.snapshot")),
            DataSystem = source switch
            {
                "polling" => new PollingOptions { Protocol = protocol, PayloadFilter = filter, BaseUri = baseUri },
                "default" => chain,
                _ => new StreamingOptions { Protocol = protocol, PayloadFilter = filter, BaseUri = baseUri },
            },
        };
    }
}
