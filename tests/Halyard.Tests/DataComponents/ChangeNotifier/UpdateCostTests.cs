using System.Text;
using Halyard.DataComponents;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>
/// What an update costs from its bytes to its visibility, in bytes, which are exact. Alone, because reads share what
/// they work with, and because another test's data would count as retained.
/// </summary>
[Collection(typeof(Alone))]
public sealed class UpdateCostTests
{
    /// <summary>A node of the tree with all its 32 branches: a header, two bitmaps and the branches.</summary>
    internal const int LargestNode = 16 + 8 + (32 * 8);

    /// <summary>The levels that a tree of 100,000 has more than one of 100 (32 branches a level), and one for bad luck.</summary>
    internal const int MoreLevels = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_patch_costs_a_few_nodes_more_at_a_thousand_times_the_flags(bool listening)
    {
        var few = BytesOfAnUpdate(100, listening, Patch);
        var many = BytesOfAnUpdate(100_000, listening, Patch);
        TestContext.Current.TestOutputHelper!.WriteLine($"{few} bytes at 100 flags, {many} at 100,000");
        Assert.InRange(few, 1, 2_048);
        Assert.InRange(many - few, 0, MoreLevels * LargestNode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_change_set_of_one_item_costs_a_few_nodes_more_at_a_thousand_times_the_flags(bool listening)
    {
        var few = BytesOfAnUpdate(100, listening, ChangeSet());
        var many = BytesOfAnUpdate(100_000, listening, ChangeSet());
        TestContext.Current.TestOutputHelper!.WriteLine($"{few} bytes at 100 flags, {many} at 100,000");
        Assert.InRange(few, 1, 2_048);
        Assert.InRange(many - few, 0, MoreLevels * LargestNode);
    }

    [Fact]
    public void Fifty_thousand_updates_leave_nothing_behind()
    {
        const int Batch = 10_000;
        const int Batches = 5;
        var (notifier, changes) = Filled(500);
        changes.Changed += static _ => { };
        var changeSet = ChangeSet();
        long version = 1;
        Run();
        var retained = Retained();
        for (var i = 0; i < Batches; i++)
        {
            Run();
        }

        // Less than four bytes an update: one object that each leaves behind would be 24 at least.
        Assert.InRange(Retained() - retained, long.MinValue, Batch * Batches * 4);
        GC.KeepAlive(notifier);

        // Flags that change, and flags that come and go, by both protocols; every batch ends as it began.
        void Run()
        {
            for (var i = 0; i < Batch; i++)
            {
                version++;
                var passing = $"passing-{i / 10 % 100}";
                switch (i % 10)
                {
                    case < 6:
                        (i % 2 == 0 ? Patch : changeSet)(notifier, Words.Of($"flag-{i % 500}", version));
                        break;
                    case < 8:
                        (i % 2 == 0 ? Patch : changeSet)(notifier, Words.Of(passing, version));
                        break;
                    case 8:
                        var deletion = WholeEventReader.Parse("delete"u8, Encoding.UTF8.GetBytes($$"""{"path":"/flags/{{passing}}","version":{{version}}}"""));
                        notifier.Upsert(DataKind.Flag, passing, deletion.Item!);
                        break;
                    default:
                        notifier.Apply(Items.Partial(Items.NoFlag(passing, version)));
                        break;
                }
            }
        }
    }

    private static long BytesOfAnUpdate(int flags, bool listening, Action<ChangeNotifier, Words> update)
    {
        const int Rounds = 6;
        const int InARound = 500;
        var (notifier, changes) = Filled(flags);
        _ = listening ? changes.GetAsyncEnumerator(TestContext.Current.CancellationToken) : null;
        Words[] words = [.. Enumerable.Range(0, (Rounds + 1) * InARound).Select(i => Words.Of($"flag-{i * 7919 % flags}", i + 2))];
        var next = 0;
        Round();
        return Allocations.Least(Round, Rounds) / InARound;

        void Round()
        {
            for (var i = 0; i < InARound; i++)
            {
                update(notifier, words[next++]);
            }
        }
    }

    private static (ChangeNotifier Notifier, FlagChanges Changes) Filled(int flags)
    {
        var store = new MemoryStore();
        var changes = new FlagChanges();
        var notifier = new ChangeNotifier(store, store, changes);
        notifier.Init(new([.. Enumerable.Range(0, flags).Select(i => Items.Flag($"flag-{i}", segments: [$"segment-{i % 50}"]))], []));
        return (notifier, changes);
    }

    private static void Patch(ChangeNotifier notifier, Words words)
    {
        var item = WholeEventReader.Parse("patch"u8, words.Patch).Item!;
        Assert.True(notifier.Upsert(item.Kind, item.Key, item));
    }

    private static Action<ChangeNotifier, Words> ChangeSet()
    {
        var machine = new PayloadMachine();
        machine.Accept(WireEvent.Changes.Parse());
        var transferred = Encoding.UTF8.GetBytes(WireEvent.Transferred("state").Data);
        return (notifier, words) =>
        {
            machine.Accept(PayloadEventReader.Parse("put-object"u8, words.Put));
            notifier.Apply(machine.Accept(PayloadEventReader.Parse("payload-transferred"u8, transferred)).Changes!);
        };
    }

    private static long Retained()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>One changed flag in the words of both protocols.</summary>
    private sealed record Words(byte[] Patch, byte[] Put)
    {
        public static Words Of(string key, long version)
        {
            var item = $$"""
                {"key":"{{key}}","version":{{version}},"on":true,"variations":[true,false],"fallthrough":{"variation":0},"rules":[{"variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["segment-1"]}]}]}
                """;
            return new(
                Encoding.UTF8.GetBytes($$"""{"path":"/flags/{{key}}","data":{{item}}}"""),
                Encoding.UTF8.GetBytes($$"""{"version":{{version}},"kind":"flag","key":"{{key}}","object":{{item}}}"""));
        }
    }
}
