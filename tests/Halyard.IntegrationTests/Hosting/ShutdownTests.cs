using System.Diagnostics;
using System.Net;
using System.Text;
using Halyard.DataComponents;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Hosting;

/// <summary>A real process that is told to end while a request is running that does not.</summary>
public sealed class ShutdownTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly string App = BuiltProgram.Of("Halyard.HostedApp");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-hosted-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_request_that_does_not_end_costs_neither_the_exit_code_nor_events_nor_the_snapshot()
    {
        await using var events = new EventServer();
        var snapshot = Path.Combine(_directory.FullName, "flags.snapshot");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [App, events.Address, snapshot])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(Token);
            var address = await LineAsync(process, static line => line.StartsWith("http://", StringComparison.Ordinal));
            using var http = new HttpClient();
            var request = http.GetAsync(new Uri(address + "/stuck"), Token);
            await LineAsync(process, static line => line == "stuck");
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            {
                await kill.WaitForExitAsync(Token);
            }

            await LineAsync(process, static line => line == "ended");
            await process.WaitForExitAsync(Token).WaitAsync(Bound, Token);
            Assert.Equal((0, ""), (process.ExitCode, await errors));
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => request);
            Assert.Contains("stuck-request", events.Text, StringComparison.Ordinal);
            Assert.Single(new SnapshotFile(snapshot, "sdk-hosted").Read()!.Data.Flags);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<string> LineAsync(Process process, Func<string, bool> isWanted)
    {
        while (await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Bound, Token) is { } line)
        {
            if (isWanted(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The application ended its output.");
    }

    /// <summary>Takes whatever is posted.</summary>
    private sealed class EventServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly StringBuilder _text = new();
        private readonly Task _serving;

        public EventServer()
        {
            using (var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                socket.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}/";
            }

            _listener.Prefixes.Add(Address);
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address { get; }

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                var exchange = await _listener.GetContextAsync();
                using var body = new StreamReader(exchange.Request.InputStream);
                var text = await body.ReadToEndAsync();
                lock (_text)
                {
                    _text.AppendLine(text);
                }

                exchange.Response.StatusCode = 202;
                exchange.Response.Close();
            }
        }
    }
}
