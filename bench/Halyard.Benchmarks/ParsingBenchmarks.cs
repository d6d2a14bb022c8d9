using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks;

/// <summary>A whole payload from bytes to model, beside the floor: a reader that looks at every token and keeps nothing.</summary>
[MemoryDiagnoser]
public class ParsingBenchmarks
{
    private byte[] _payload = null!;

    [Params(1_000, 10_000)]
    public int Flags { get; set; }

    [GlobalSetup]
    public void Load() => _payload = Flags == 1_000 ? Payload.Small : Payload.Large;

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public int Tokens()
    {
        var reader = new Utf8JsonReader(_payload);
        var tokens = 0;
        while (reader.Read())
        {
            tokens++;
        }

        return tokens;
    }

    [Benchmark(Description = "ModelReader")]
    public DataSet Model() => ModelReader.ReadDataSet(_payload);

    [Benchmark(Description = "ModelReader and Init")]
    public int Initialise()
    {
        var store = new MemoryStore();
        new ChangeNotifier(store, store, new()).Init(ModelReader.ReadDataSet(_payload));
        return store.Snapshot.Flags.Count;
    }
}
