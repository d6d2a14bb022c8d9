using System.Diagnostics;
using System.Globalization;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>A process that is killed at random moments while it writes data sets and an item to an SQLite file.</summary>
[Collection(typeof(Alone))]
public sealed class KilledSqliteTests : IDisposable
{
    private const int Rounds = 25;

    // Beside the libraries that it was built with: those of this project come from another framework.
    private static readonly string Writer = BuiltProgram.Of("Halyard.SnapshotWriter");

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-killed-sqlite-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Whenever_a_writing_process_is_killed_sets_are_whole_and_what_was_confirmed_is_there()
    {
        var path = Path.Combine(_directory.FullName, "flags.db");
        var random = new Random(12);
        await using var reader = new SqliteStore(path).CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
        for (var round = 1; round <= Rounds; round++)
        {
            var confirmed = await WriteUntilKilledAsync(path, first: round * 1_000_000L, TimeSpan.FromMicroseconds(random.Next(30_000)));
            var all = await reader.AllAsync(DataKind.Flag, Token).AsTask().WaitAsync(Limit, Token);
            Assert.Equal(200, all.Count);
            Assert.InRange(Assert.Single(all.Values.Select(item => item.Version).Distinct()), confirmed, long.MaxValue);
            Assert.InRange((await reader.GetAsync(DataKind.Segment, "s", Token))!.Value.Version, confirmed, long.MaxValue);
            Assert.True(await reader.InitializedAsync(Token));
        }
    }

    /// <summary>Returns the last number whose write the process has confirmed.</summary>
    private static async Task<long> WriteUntilKilledAsync(string path, long first, TimeSpan after)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Writer, path, "key", "sqlite", first.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Limit, Token);
            Assert.Equal(first.ToString(CultureInfo.InvariantCulture), line);
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < after;)
            {
                Thread.Yield();
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(Token).WaitAsync(Limit, Token);
        }

        var last = first;
        while (await process.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            // A last line that was cut by the kill has no end, and counts as none when it is shorter.
            last = long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Max(last, number) : last;
        }

        return last;
    }
}
