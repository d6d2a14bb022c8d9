using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A million updates with a listener attached: changed flags, deletions, and new flags whose keys come round again,
/// by both protocols. What stays in memory is noted every 100,000 updates, always at the same point of the cycle.
/// </summary>
internal sealed class SoakScenario : IScenario
{
    private const int Total = 1_000_000;
    private const int Between = 100_000;
    private const int Cycle = 10_000;
    private const int Changing = 1_000;

    /// <summary>A hundredth: the runtime's own tables move by that much.</summary>
    private const double GoalRatio = 1.01;

    public string Name => "soak";

    public string Title => "Soak: 1,000,000 updates, 1,000 flags that change, 1,000 that come and go";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var data = ModelReader.ReadDataSet(Payload.Small);
        var (client, destination) = await BenchClient.StartAsync(data);
        await using var disposed = client;
        long heard = 0;
        client.FlagChanges.Changed += change => Interlocked.Add(ref heard, change.Keys.Length);

        string[] old = [.. data.Flags.Take(Changing).Select(static flag => flag.Key)];
        string[] passing = [.. Enumerable.Range(0, Changing).Select(static i => $"passing-{i}")];
        data = null;
        VersionedText[] patches = [.. old.Select(Updates.Patch), .. passing.Select(Updates.Patch)];
        VersionedText[] puts = [.. old.Select(Updates.Put), .. passing.Select(Updates.Put)];
        var deletes = Array.ConvertAll(passing, Updates.Delete);
        var deletions = Array.ConvertAll(passing, Updates.DeleteObject);
        var changeSets = new ChangeSets(destination);
        var version = VersionedText.First;

        var first = 0;
        var (retained, resident, times) = (new List<Figure>(), new List<Figure>(), new List<Figure>());
        for (var done = 0; done < (Measure.Quick ? Total / 10 : Total);)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var between = Measure.Quick ? Cycle : Between;
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < between; i++)
            {
                Update(i % Cycle);
            }

            var took = Stopwatch.GetElapsedTime(started).TotalMicroseconds / between;
            done += between;
            first = first == 0 ? done : first;
            var subject = After(done);
            var reference = done == first ? null : After(first);
            retained.Add(new("retained after a full collection", subject, Measure.LiveBytes() / 1e6, "MB")
            {
                Reference = reference,
                GoalRatio = reference is null ? null : GoalRatio,
            });
            resident.Add(new("resident", subject, Environment.WorkingSet / 1e6, "MB") { Reference = reference });
            times.Add(new("time of one update", subject, took, "µs") { Reference = reference });
        }

        if (client.System.Snapshot.Flags.Find(old[^1])!.Version < VersionedText.First || Interlocked.Read(ref heard) == 0)
        {
            throw new InvalidOperationException("The updates were not applied, or not heard.");
        }

        foreach (var figure in retained.Concat(resident).Concat(times))
        {
            yield return figure;
        }

        // Of ten updates six change a flag, two bring one, two take it away; by the protocols in turn.
        void Update(int i)
        {
            var which = i / 10 % Changing;
            var at = i % 10 < 6 ? ((i / 10 * 6) + (i % 10)) % Changing : Changing + which;
            var isNewer = i % 2 == 1;
            version++;
            if (i % 10 >= 8)
            {
                if (isNewer)
                {
                    changeSets.Delete(deletions[which], version);
                }
                else
                {
                    Upsert(WholeEventReader.Parse("delete"u8, deletes[which].At(version)));
                }
            }
            else if (isNewer)
            {
                changeSets.Put(puts[at], version);
            }
            else
            {
                Upsert(WholeEventReader.Parse("patch"u8, patches[at].At(version)));
            }
        }

        void Upsert(StreamEvent change) => destination.Upsert(DataKind.Flag, change.Item!.Key, change.Item);
    }

    private static string After(int updates) => FormattableString.Invariant($"after {updates:#,0}");
}
