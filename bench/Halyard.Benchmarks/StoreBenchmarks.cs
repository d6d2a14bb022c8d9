using BenchmarkDotNet.Attributes;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Benchmarks;

/// <summary>A look-up in the store beside one in a bare dictionary of the same items.</summary>
[MemoryDiagnoser]
public class StoreReadBenchmarks
{
    private readonly MemoryStore _store = new();
    private Dictionary<string, ItemDescriptor<Flag>> _dictionary = null!;
    private string[] _keys = null!;
    private int _next;

    [Params(100, 1_000, 10_000)]
    public int Flags { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var dataSet = Payload.DataSetOf(Flags);
        _store.Init(dataSet);
        _dictionary = dataSet.Flags.ToDictionary(flag => flag.Key, StringComparer.Ordinal);

        // Other string instances than the store's, as a caller's are, in random order.
        var random = new Random(1);
        _keys = [.. Enumerable.Range(0, 1_024).Select(_ => new string(dataSet.Flags.ElementAt(random.Next(Flags)).Key))];
    }

    [Benchmark(Baseline = true, Description = "Dictionary")]
    public object Dictionary() => _dictionary[_keys[_next++ & 1_023]];

    [Benchmark(Description = "MemoryStore")]
    public object? Store() => _store.Snapshot.Flags.Find(_keys[_next++ & 1_023]);
}

/// <summary>One changed flag: from the bytes of a patch to the value that readers see.</summary>
[MemoryDiagnoser]
public class UpdateBenchmarks
{
    private readonly MemoryStore _store = new();
    private readonly FlagChanges _changes = new();
    private ChangeNotifier _notifier = null!;
    private byte[] _patch = null!;
    private Flag _flag = null!;
    private long _version;

    [Params(100, 1_000, 10_000)]
    public int Flags { get; set; }

    [Params(false, true)]
    public bool Listener { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _notifier = new(_store, _store, _changes);
        _notifier.Init(Payload.DataSetOf(Flags));
        _patch = Payload.Patch(1);
        _flag = ((ItemDescriptor<Flag>)ModelReader.ReadItem(DataKind.Flag, "bench-latency", _patch)).Item!;
        if (Listener)
        {
            _changes.Changed += static _ => { };
        }
    }

    [Benchmark(Description = "parse only")]
    public ItemDescriptor Parse() => ModelReader.ReadItem(DataKind.Flag, "bench-latency", _patch);

    [Benchmark(Description = "apply only")]
    public bool Apply() => _notifier.Upsert(DataKind.Flag, "bench-latency", ItemDescriptor<Flag>.Of("bench-latency", ++_version, _flag));

    [Benchmark(Description = "parse and apply")]
    public bool Update()
    {
        var parsed = (ItemDescriptor<Flag>)ModelReader.ReadItem(DataKind.Flag, "bench-latency", _patch);
        return _notifier.Upsert(DataKind.Flag, "bench-latency", ItemDescriptor<Flag>.Of("bench-latency", ++_version, parsed.Item!));
    }
}
