using System.Collections.Concurrent;
using Halyard.Cli;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests.Cli;

/// <summary>Halyard's own client and the development server, with a record of what the one asked and the other sent.</summary>
public abstract class PayloadTestBase : ServeTestBase
{
    private protected static readonly Context User = Context.New("u");

    private readonly FakeLogCollector _serverLog = new();

    /// <summary>What the server began to send, as in <c>xfer-full payload-missing 2</c>.</summary>
    private protected string[] Transfers => [.. _serverLog.GetSnapshot()
        .Select(r => r.StructuredState?.ToDictionary(p => p.Key, p => p.Value) ?? [])
        .Where(s => s.ContainsKey("Code"))
        .Select(s => $"{s["Code"]} {s["Reason"]} {s["Count"]}")];

    /// <summary>What clients of this process asked for.</summary>
    private protected ConcurrentQueue<string> Requests { get; } = new();

    private protected static string StateOf(DevServer server) => server.Environments.Default.History.Selector(server.Repository.Current.Revision);

    private protected static StreamingOptions Streaming() => new()
    {
        Protocol = ProtocolVersion.Fdv2,
        InitialReconnectDelay = TimeSpan.FromMilliseconds(10),
        MaxReconnectDelay = TimeSpan.FromMilliseconds(50),
    };

    private protected static PollingOptions Polling() => new()
    {
        Protocol = ProtocolVersion.Fdv2,
        Interval = TimeSpan.FromMilliseconds(20),
        AllowShortIntervals = true,
    };

    private protected async Task<DevServer> ServeAsync(DevServerOptions? options = null, string? flag = FlagA)
    {
        var server = await StartAsync((options ?? new()) with { LoggerFactory = new LoggerFactory([new FakeLoggerProvider(_serverLog)]) });
        if (flag is not null)
        {
            server.Put(DataKind.Flag, "a", flag);
        }

        return server;
    }

    private protected async Task<Client> ConnectAsync(DevServer server, DataSystemOptions source, SnapshotOptions? snapshot = null)
    {
        var options = new ClientOptions
        {
            SdkKey = "sdk-test",
            Endpoints = ServiceEndpoints.At(server.BaseUri),
            DataSystem = source,
            StartTimeout = Bound,
            Snapshot = snapshot,
        };
        options.Http.HandlerFactory = () => new Recorder(Requests);
        var client = await Client.StartAsync(options, Token).WaitAsync(Bound, Token);
        Assert.True(client.Initialized);
        return client;
    }

    private sealed class Recorder(ConcurrentQueue<string> requests) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            requests.Enqueue(Uri.UnescapeDataString(request.RequestUri!.PathAndQuery));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
