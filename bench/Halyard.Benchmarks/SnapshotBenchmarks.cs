using BenchmarkDotNet.Attributes;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks;

/// <summary>
/// A start from a snapshot file of 10,000 flags (opening, reading, checking, parsing) beside parsing the same from
/// bytes that the network has brought already; and what a save costs in the background.
/// </summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private string _directory = null!;
    private byte[] _payload = null!;
    private SnapshotFile _file = null!;
    private DataSnapshot _data = null!;
    private SnapshotHeader _saved = null!;

    [GlobalSetup]
    public void Save()
    {
        _directory = Directory.CreateTempSubdirectory("halyard-benchmark-").FullName;
        _payload = Payload.Large;
        _file = new(Path.Combine(_directory, "flags.snapshot"), "sdk-benchmark");
        var store = new MemoryStore();
        store.Init(ModelReader.ReadDataSet(_payload));
        _data = store.Snapshot;
        _saved = _file.Write(_data, DateTimeOffset.UnixEpoch, null);
    }

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Benchmark(Baseline = true, Description = "from network bytes")]
    public int FromNetwork()
    {
        var store = new MemoryStore();
        store.Init(ModelReader.ReadDataSet(_payload));
        return store.Snapshot.Flags.Count;
    }

    [Benchmark(Description = "from the snapshot")]
    public int FromSnapshot()
    {
        var store = new MemoryStore();
        store.Init(_file.Read()!.Data);
        return store.Snapshot.Flags.Count;
    }

    [Benchmark(Description = "save")]
    public object SaveAnew() => _file.Write(_data, DateTimeOffset.UnixEpoch, null);

    [Benchmark(Description = "save, nothing new")]
    public object SaveTheSame() => _file.Write(_data, DateTimeOffset.UnixEpoch, _saved);
}
