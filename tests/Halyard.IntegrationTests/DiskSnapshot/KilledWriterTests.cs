using System.Diagnostics;
using System.Globalization;
using Halyard.DataComponents;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests.Snapshots;

[Collection(typeof(Alone))]
public sealed class KilledWriterTests : IDisposable
{
    private const string Key = "sdk-killed";
    private const int Rounds = 100;

    // Beside the libraries that it was built with: those of this project come from another framework.
    private static readonly string Writer = BuiltProgram.Of("Halyard.SnapshotWriter");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-killed-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Whenever_a_writing_process_is_killed_the_next_start_has_the_older_or_the_newer_data()
    {
        // Two at a time, because most of it is waiting for processes: 200 kills in all.
        await Task.WhenAll(RepeatAsync(seed: 1), RepeatAsync(seed: 2));
    }

    private async Task RepeatAsync(int seed)
    {
        var directory = _directory.CreateSubdirectory($"{seed}").FullName;
        var path = Path.Combine(directory, "flags.snapshot");
        var random = new Random(seed);
        long last = 0;
        var halfWritten = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            await WriteUntilKilledAsync(path, first: round * 1_000_000, TimeSpan.FromMicroseconds(random.Next(20_000)));

            halfWritten += Directory.GetFiles(directory, "*.tmp").Length;
            var number = Assert.Single(new SnapshotFile(path, Key).Read()!.Data.Flags).Version;
            Assert.True(number > last, $"round {round}: {number} after {last}");
            last = number;
        }

        // The kills do hit saves; how many, the machine decides.
        TestContext.Current.TestOutputHelper?.WriteLine($"{halfWritten} of {Rounds} kills left a half-written save");
        Assert.InRange(halfWritten, 1, Rounds);
        await AStartServesAsync(path, last);
        Assert.InRange(Directory.GetFiles(directory).Length, 1, 2);
    }

    private static async Task WriteUntilKilledAsync(string path, long first, TimeSpan after)
    {
        var token = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Writer, path, Key, first.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            Assert.Equal("writing", await process.StandardOutput.ReadLineAsync(token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), token));
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < after;)
            {
                Thread.Yield();
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(token).WaitAsync(TimeSpan.FromSeconds(30), token);
        }
    }

    private static async Task AStartServesAsync(string path, long number)
    {
        var logs = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(logs)));
        await using var client = await Client.StartAsync(
            new()
            {
                SdkKey = Key,
                DataSystem = DataSystem.FromSynchronizer(_ => new SilentSource()),
                Snapshot = new(path),
                StartTimeout = TimeSpan.FromSeconds(30),
                LoggerFactory = loggers,
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(number, client.DoubleVariation("number", Context.New("user-1"), 0));
        Assert.DoesNotContain(logs.GetSnapshot(), log => log.Category == "Halyard.Snapshot" && log.Level >= LogLevel.Warning);
    }

    /// <summary>A source without a network.</summary>
    private sealed class SilentSource : IDataSynchronizer
    {
        public string Identity => "silent";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => default;
    }
}
