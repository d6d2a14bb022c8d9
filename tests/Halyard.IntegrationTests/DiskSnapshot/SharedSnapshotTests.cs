using System.Diagnostics;
using Halyard.DataComponents;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Snapshots;

[Collection(typeof(Alone))]
public sealed class SharedSnapshotTests : IDisposable
{
    private const string Key = "sdk-shared";

    private static readonly string Writer = BuiltProgram.Of("Halyard.SnapshotWriter");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-shared-");

    private string File => Path.Combine(_directory.FullName, "flags.snapshot");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Two_processes_that_write_one_path_leave_whole_files_at_any_moment_and_nothing_else()
    {
        using var first = Start(1_000_000);
        using var second = Start(2_000_000);
        try
        {
            await WritesAsync(first);
            await WritesAsync(second);
            var reader = new SnapshotFile(File, Key);
            var seen = new HashSet<long>();
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1) || seen.Count < 20)
            {
                seen.Add(Assert.Single(reader.Read()!.Data.Flags).Version);
                Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"{seen.Count} saves seen");
            }

            // Either of them gets through.
            Assert.Contains(seen, version => version < 2_000_000);
            Assert.Contains(seen, version => version >= 2_000_000);
            Assert.False(first.HasExited || second.HasExited);
        }
        finally
        {
            first.Kill();
            second.Kill();
            await Task.WhenAll(first.WaitForExitAsync(Token), second.WaitForExitAsync(Token));
        }

        // A kill may leave the file it was at, and the next process takes that away.
        Assert.InRange(Directory.GetFiles(_directory.FullName).Length, 1, 3);
        await using (await Client.StartAsync(
            new() { SdkKey = Key, DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("last"))), Snapshot = new(File) }, Token))
        {
        }

        Assert.Equal([File], Directory.GetFiles(_directory.FullName));
    }

    private Process Start(long number) => Process.Start(new ProcessStartInfo("dotnet", [Writer, File, Key, $"{number}"]) { RedirectStandardOutput = true })!;

    private static async Task WritesAsync(Process process) =>
        Assert.Equal("writing", await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));
}
