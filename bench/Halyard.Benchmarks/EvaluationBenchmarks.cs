using BenchmarkDotNet.Attributes;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks;

/// <summary>One read by the public client, by the shape of the flag; 1,000 flags in the store.</summary>
[MemoryDiagnoser]
public class EvaluationBenchmarks
{
    private Client _client = null!;
    private Context _context = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _context = Payload.FirstContext;
        _client = await Client.StartAsync(new() { DataSystem = DataSystem.FromSynchronizer(context => new OneShotSource(context.Status, ModelReader.ReadDataSet(Payload.Small))) });
        foreach (var key in new[] { "bench-off", "bench-fallthrough", "bench-target", "bench-rules10", "bench-rollout", "bench-segment", "bench-segment-rule", "bench-prereq" })
        {
            // A benchmark of a flag that fails would measure nothing.
            if (_client.JsonVariationDetail(key, _context, Value.Null).Reason.Kind == EvaluationReasonKind.Error)
            {
                throw new InvalidOperationException($"{key} does not evaluate.");
            }
        }
    }

    [GlobalCleanup]
    public ValueTask StopAsync() => _client.DisposeAsync();

    [Benchmark]
    public bool Off() => _client.BoolVariation("bench-off", _context, false);

    [Benchmark]
    public bool Fallthrough() => _client.BoolVariation("bench-fallthrough", _context, false);

    [Benchmark(Description = "Target (100 keys)")]
    public bool Target() => _client.BoolVariation("bench-target", _context, false);

    [Benchmark(Description = "10 rules of 3 clauses")]
    public bool Rules10() => _client.BoolVariation("bench-rules10", _context, false);

    [Benchmark]
    public bool Rollout() => _client.BoolVariation("bench-rollout", _context, false);

    [Benchmark(Description = "Segment by list")]
    public bool Segment() => _client.BoolVariation("bench-segment", _context, false);

    [Benchmark(Description = "Segment by rule")]
    public bool SegmentRule() => _client.BoolVariation("bench-segment-rule", _context, false);

    [Benchmark(Description = "3 levels of prerequisites")]
    public bool Prerequisites() => _client.BoolVariation("bench-prereq", _context, false);

    [Benchmark(Description = "Detail of fallthrough")]
    public EvaluationDetail<bool> Detail() => _client.BoolVariationDetail("bench-fallthrough", _context, false);

    [Benchmark(Description = "All-flags state, 1,000 flags")]
    public AllFlagsState AllFlags() => _client.AllFlagsState(_context, AllFlagsOptions.WithReasons);
}
