using System.Diagnostics;
using System.Globalization;
using System.Text;
using Halyard.Cli;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.IntegrationTests.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Snapshots;

/// <summary>A process that follows a service is killed (SIGKILL) and started again and again, and the service is too.</summary>
[Collection(typeof(Alone))]
public sealed class KilledFollowerTests : PayloadTestBase
{
    private const string Key = "sdk-follower";
    private const int Rounds = 12;
    private const int ServerEndsAt = 7;

    // Beside the libraries that it was built with: those of this project come from another framework.
    private static readonly string Follower = BuiltProgram.Of("Halyard.SnapshotWriter");

    [Fact]
    public async Task Every_start_has_whole_data_at_once_and_is_sent_only_what_it_missed()
    {
        var path = Path.Combine(NewDirectory().FullName, "flags.snapshot");
        var random = new Random(3);
        var server = await ServeAsync(flag: null);
        var number = Change(server, 1);
        long last = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            if (round == ServerEndsAt)
            {
                // While nobody is connected, and without a memory of the states it gave out.
                await server.StopListeningAsync().WaitAsync(Bound, Token);
                server = await ServeAsync(new() { Port = server.BaseUri.Port }, flag: null);
                number = Change(server, number + 1);
            }

            using var process = Start(path, server.BaseUri);
            try
            {
                var first = await NextAsync(process);
                Assert.True(first >= last, $"round {round}: {first} at the start, {last} on the disk");
                await UntilAsync(process, first, number);

                // Killed while it takes over, shows or saves what comes now; in every third round once that is on the disk,
                // the first one and the one after the server's end among them.
                number = Change(server, number + 1);
                if (round % 3 == 1)
                {
                    await Conditions.UntilAsync(() => FileOf(path, server).Read()?.Header.Selector.State == StateOf(server));
                }
                else
                {
                    var begun = Stopwatch.GetTimestamp();
                    var after = TimeSpan.FromMicroseconds(random.Next(20_000));
                    while (Stopwatch.GetElapsedTime(begun) < after)
                    {
                        Thread.Yield();
                    }
                }
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync(Token).WaitAsync(Bound, Token);
            }

            var (state, a, b) = Saved(path, server);
            Assert.Equal(a, b);
            Assert.Contains(a, new[] { last, number - 1, number });
            Assert.Equal(server.Environments.Default.History.Selector(server.Repository.Current.Revision - (number - a)), state);
            last = a;
            number = Change(server, number + 1);
        }

        // Everything was sent twice: to the first process, and after the end of the server that knew the states.
        Assert.Equal(
            ["xfer-full payload-missing 2", "xfer-full payload-missing 2"], Transfers.Where(t => t.StartsWith("xfer-full", StringComparison.Ordinal)));
        Assert.Equal(Rounds - 2, Transfers.Count(t => t == "xfer-changes stale 2"));
        Assert.Equal(Rounds, Transfers.Length);
    }

    /// <summary>Changes both flags at once to a number.</summary>
    private static long Change(DevServer server, long number)
    {
        server.Repository.Apply([Flag("a", number), Flag("b", number)]);
        return number;
    }

    private static ItemDescriptor Flag(string key, long number) => ModelReader.ReadItem(
        DataKind.Flag,
        key,
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $$"""{"key":"{{key}}","version":{{number}},"on":false,"offVariation":0,"variations":[{{number}}]}""")));

    private static (string? State, long A, long B) Saved(string path, DevServer server)
    {
        var (header, data) = FileOf(path, server).Read()!;
        var flags = data.Flags.ToDictionary(flag => flag.Key, flag => flag.Version);
        return (header.Selector.State, flags["a"], flags["b"]);
    }

    private static SnapshotFile FileOf(string path, DevServer server) => new(path, SnapshotIdentity.Of(new()
    {
        SdkKey = Key,
        Endpoints = ServiceEndpoints.At(server.BaseUri),
        DataSystem = DataSystem.Streaming(ProtocolVersion.Fdv2),
    }));

    private static Process Start(string path, Uri service) =>
        Process.Start(new ProcessStartInfo("dotnet", [Follower, path, Key, "follow", service.ToString()]) { RedirectStandardOutput = true })!;

    /// <summary>The number that both flags have next; never one of one flag alone.</summary>
    private static async Task<long> NextAsync(Process process)
    {
        var line = await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Bound, Token) ?? throw new EndOfStreamException();
        var numbers = line.Split(' ');
        Assert.Equal(numbers[0], numbers[1]);
        return long.Parse(numbers[0], CultureInfo.InvariantCulture);
    }

    private static async Task UntilAsync(Process process, long first, long number)
    {
        for (var now = first; now != number;)
        {
            now = await NextAsync(process);
            Assert.InRange(now, first, number);
        }
    }
}
