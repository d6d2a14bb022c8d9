using Halyard.DataComponents;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Snapshots;

/// <summary>A directory of one test's own.</summary>
internal sealed class TestDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-snapshot-");

    public string File => Path.Combine(_directory.FullName, "flags.snapshot");

    public string[] Names => [.. _directory.EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Delete(recursive: true);
}

/// <summary>What the tests of this folder share.</summary>
internal static class Snapshots
{
    public const string Key = "sdk-one";

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static DataSnapshot Of(Selector selector, params ItemDescriptor[] items)
    {
        var store = new MemoryStore();
        store.Apply(new(ChangeSetKind.Full, [.. items], selector));
        return store.Snapshot;
    }

    public static void Save(string path, string key, Selector selector, params ItemDescriptor[] items) =>
        new SnapshotFile(path, key).Write(Of(selector, items), DateTimeOffset.UnixEpoch, null);

    public static string[] Warnings(this FakeLogCollector logs) =>
        [.. logs.GetSnapshot().Where(log => log.Level >= LogLevel.Warning && log.Category == "Halyard.Snapshot").Select(log => log.Message)];

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(30), Token);

    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(30), Token);
}

/// <summary>A source that does what a test tells it.</summary>
internal sealed class PushedSource(IDataSourceStatusReporter status, TaskCompletionSource started) : IDataSynchronizer
{
    public string Identity => "pushed";

    public IDataSourceStatusReporter Status => status;

    public IDataDestination Destination { get; private set; } = null!;

    public Bootstrap? Bootstrap { get; private set; }

    public Exception? FailsToEnd { get; set; }

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        (Destination, Bootstrap) = (destination, bootstrap);
        started.TrySetResult();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => FailsToEnd is null ? default : throw FailsToEnd;
}
