using System.Text.Json;
using Halyard.Benchmarks.Naive;
using Halyard.DataSystems;

namespace Halyard.Benchmarks.StartUp;

/// <summary>Who starts up, and what they are compared to.</summary>
internal static class Subjects
{
    public const string Older = "Halyard, older protocol";
    public const string Newer = "Halyard, newer protocol";
    public const string Naive = "naive";
    public const string Reader = "Utf8JsonReader";
    public const string Transfer = "HttpClient, bytes dropped";

    private static readonly HttpClient Http = new();

    /// <summary>A client that has its first data from a stream.</summary>
    public static async Task<Client> ClientAsync(Uri address, ProtocolVersion protocol, int flags, EventOptions? events = null)
    {
        var client = await Client.StartAsync(new()
        {
            SdkKey = "sdk-bench",
            Endpoints = ServiceEndpoints.At(address),
            DataSystem = DataSystem.Streaming(protocol),
            StartTimeout = TimeSpan.FromMinutes(1),
            Events = events,
        });
        Expect(flags, client);
        return client;
    }

    /// <summary>Reads the whole answer as a string, and makes objects of it.</summary>
    public static async Task<NaiveClient> NaiveAsync(Uri address)
    {
        using var http = new HttpClient();
        return NaiveClient.With(await http.GetStringAsync(new Uri(address, "/payload")));
    }

    /// <summary>Reads the stream's bytes and drops them: what the transfer alone costs.</summary>
    public static async Task<long> TransferAsync(Uri address)
    {
        using var response = await Http.GetAsync(new Uri(address, "/bytes"), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var (chunk, total) = (new byte[32 * 1024], 0L);
        int read;
        while ((read = await body.ReadAsync(chunk)) > 0)
        {
            total += read;
        }

        return total;
    }

    /// <summary>Looks at every token of the payload, and keeps nothing.</summary>
    public static int Tokens(byte[] payload)
    {
        var reader = new Utf8JsonReader(payload);
        var tokens = 0;
        while (reader.Read())
        {
            tokens++;
        }

        return tokens;
    }

    public static void Expect(int flags, Client client)
    {
        if (!client.Initialized || ((BackgroundSync)client.System).Snapshot.Flags.Count != flags)
        {
            throw new InvalidOperationException($"The client has not got its {flags} flags: {client.DataSourceStatus.Current.LastError}");
        }
    }
}
