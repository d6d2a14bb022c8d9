using System.Text.Json.Nodes;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Proxies and certificates, for every kind of request.</summary>
public sealed class ConnectionContractTests : IAsyncLifetime
{
    private const string User = """{"kind":"user","key":"u1"}""";

    private readonly ServiceDriver _driver = new();

    /// <summary>A configuration with <c>$B</c> for where it connects, and the one path there that is asked for.</summary>
    public static TheoryData<string, string> Requests { get; } = new()
    {
        { """{"streaming":{"baseUri":"$B"}}""", "/all" },
        { """{"polling":{"baseUri":"$B"}}""", "/sdk/latest-all" },
        { """{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$B"}}]}}""", "/sdk/stream" },
        { """{"dataSystem":{"synchronizers":[{"polling":{"baseUri":"$B"}}]}}""", "/sdk/poll" },
        { """{"polling":{"baseUri":"$B"},"events":{"baseUri":"$B/events"}}""", "/events/bulk" },
    };

    private static string Data => """{"flags":{"flag":{"key":"flag","version":1,"on":false,"offVariation":0,"variations":["there"],"salt":"s"}},"segments":{}}""";

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = Data;
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_proxy_is_used_for_every_request(string configuration, string path)
    {
        var client = await CreateAsync(configuration, "http://flags.invalid", "proxy", new() { ["httpProxy"] = _driver.Harness.Address });
        Assert.Equal("there", await EvaluateAsync(client));
        Assert.Equal("flags.invalid", Assert.Single(_driver.Harness.At(path)).Headers["Host"]);
        Assert.All(_driver.Harness.Requests.Entries, r => Assert.Equal("flags.invalid", r.Headers["Host"]));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Certificates_are_verified_trusted_by_authority_or_let_pass(string configuration, string path)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        await using var secure = await MockHarness.StartAsync(certificate);
        secure.Data = Data;
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);
            Assert.Equal("there", await EvaluateAsync(await CreateAsync(configuration, secure.Address, "tls", new() { ["customCAFile"] = file })));
            Assert.Single(secure.At(path));
            Assert.Equal("there", await EvaluateAsync(await CreateAsync(configuration, secure.Address, "tls", new() { ["skipVerifyPeer"] = true })));
            Assert.Equal(2, secure.At(path).Count);
            var before = secure.Requests.Count;
            Assert.Equal("d", await EvaluateAsync(await CreateAsync(configuration, secure.Address, "tls", [])));
            Assert.Equal(before, secure.Requests.Count);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private Task<string> CreateAsync(string configuration, string address, string section, JsonObject value)
    {
        var node = JsonNode.Parse(configuration.Replace("$B", address, StringComparison.Ordinal))!;
        node[section] = value;
        return _driver.CreateAsync(node.ToJsonString());
    }

    private async Task<string> EvaluateAsync(string client)
    {
        var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"flag","context":{{User}},"valueType":"string","defaultValue":"d"}""");
        await _driver.RunAsync(client, "flushEvents");
        return (string)answer!["value"]!;
    }
}
