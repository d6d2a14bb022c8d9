using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks.StartUp;

/// <summary>What a flag takes while it is held: live bytes after a full collection, by the number of flags.</summary>
internal sealed class MemoryScenario : IScenario
{
    private const string Json = "its JSON";

    public string Name => "memory";

    public string Title => "Memory for each flag held";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var flags in Measure.Quick ? new[] { 1_000, 10_000 } : [1_000, 10_000, 100_000])
        {
            var payload = Payload.Of(flags);
            var work = $"{flags:#,0} flags, for each";
            yield return new(work, Json, (double)payload.Length / flags, "B");
            yield return new(work, Subjects.Naive, Retained(() => NaiveClient.With(System.Text.Encoding.UTF8.GetString(payload))) / flags, "B")
            {
                Reference = Json,
            };
            var halyard = Retained(() =>
            {
                var store = new MemoryStore();
                new ChangeNotifier(store, store, new()).Init(ModelReader.ReadDataSet(payload));
                return store;
            }) / flags;
            yield return new(work, "Halyard", halyard, "B") { Reference = Json };
            yield return new(work, "Halyard", halyard, "B") { Reference = Subjects.Naive, GoalRatio = 0.5 };
            await Task.CompletedTask;
        }
    }

    private static double Retained(Func<object> make)
    {
        // Once before: what is made once for all is not counted.
        make();
        var before = Measure.LiveBytes();
        var made = make();
        var retained = Measure.LiveBytes() - before;
        GC.KeepAlive(made);
        return retained;
    }
}
