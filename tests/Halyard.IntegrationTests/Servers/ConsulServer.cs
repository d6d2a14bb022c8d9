using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests;

/// <summary>A Consul agent in its development mode, in memory, on free loopback ports that it keeps over restarts.</summary>
public sealed class ConsulServer : IAsyncLifetime
{
    private readonly int[] _ports = ServerProcess.FreePorts(4);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-consul-");
    private ServerProcess? _process;

    public string Endpoint => $"127.0.0.1:{_ports[0]}";

    /// <summary>Whether requests need a token; <see cref="MasterToken"/> may do everything.</summary>
    public bool HasAccessControl { get; init; }

    public static string MasterToken => "00000000-0000-0000-0000-000000000001";

    public HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task StartAsync()
    {
        Client ??= new HttpClient { BaseAddress = new($"http://{Endpoint}") };
        Client.DefaultRequestHeaders.Remove("X-Consul-Token");
        Client.DefaultRequestHeaders.Add("X-Consul-Token", MasterToken);
        var configuration = Path.Combine(_folder.FullName, "consul.json");
        await File.WriteAllTextAsync(configuration, HasAccessControl
            ? $$"""{"acl":{"enabled":true,"default_policy":"deny","tokens":{"master":"{{MasterToken}}"} } }"""
            : "{}");
        _process = await ServerProcess.StartAsync(
            Path.Combine(Repository.Root, ".tools", "consul", "consul"),
            [
                "agent", "-dev", "-bind", "127.0.0.1", "-client", "127.0.0.1", "-config-file", configuration, "-log-level", "warn",
                "-http-port", $"{_ports[0]}", "-server-port", $"{_ports[1]}", "-serf-lan-port", $"{_ports[2]}",
                "-serf-wan-port", $"{_ports[3]}", "-dns-port", "-1", "-grpc-port", "-1",
            ],
            "eng/install-test-servers (Debian 11's package consul)",
            async ct =>
            {
                // Ready when it has a leader that takes writes.
                using var response = await Client.PutAsync("/v1/kv/ready", new StringContent("1"), ct);
                return response.IsSuccessStatusCode;
            });
    }

    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>Writes a key as another program would.</summary>
    public async Task PutAsync(string key, byte[] value)
    {
        using var content = new ByteArrayContent(value);
        using var response = await Client.PutAsync("/v1/kv/" + Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal), content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>The keys below a folder with their values, <c>key=value</c>.</summary>
    public async Task<List<string>> LinesAsync(string folder)
    {
        using var response = await Client.GetAsync($"/v1/kv/{folder}?recurse", TestContext.Current.CancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            return [];
        }

        var entries = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return
        [
            .. entries.EnumerateArray().Select(entry =>
                $"{entry.GetProperty("Key").GetString()}={(entry.GetProperty("Value").GetString() is { } value ? Encoding.UTF8.GetString(Convert.FromBase64String(value)) : "")}"),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await KillAsync();
        _folder.Delete(recursive: true);
    }
}

[CollectionDefinition(Name)]
public sealed class ConsulCollection : ICollectionFixture<ConsulServer>
{
    public const string Name = "Consul";
}
