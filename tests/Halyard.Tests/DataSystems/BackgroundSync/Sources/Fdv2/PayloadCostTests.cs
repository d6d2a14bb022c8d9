using System.Text;
using System.Text.Json;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>What FDv2's data costs; alone, because reads share what they work with.</summary>
[Collection(typeof(Alone))]
public sealed class PayloadCostTests
{
    /// <summary>What a change of one flag costs from its bytes to its visibility, however many flags there are.</summary>
    [Fact]
    public void A_change_set_of_one_item_costs_little_at_any_number_of_flags()
    {
        long[] bytes = [.. new[] { 100, 10_000, 100_000 }.Select(BytesOfAChangeSet)];
        TestContext.Current.TestOutputHelper!.WriteLine($"{string.Join(", ", bytes)} bytes at 100, 10,000 and 100,000 flags");
        Assert.All(bytes, each => Assert.InRange(each, 1, 2_400));

        // The more flags, the more levels: a node for each, copied.
        Assert.InRange(bytes[^1] - bytes[0], 0, UpdateCostTests.MoreLevels * UpdateCostTests.LargestNode);
    }

    /// <summary>FDv2's way of the same data costs about what FDv1's costs.</summary>
    [Fact]
    public void A_full_transfer_allocates_hardly_more_than_the_same_data_set_in_one_piece()
    {
        var payload = Payloads.Small;
        var set = ModelReader.ReadDataSet(payload);
        using var json = JsonDocument.Parse(payload);
        var events = json.RootElement.GetProperty("flags").EnumerateObject().Select(f => (Kind: "flag", Item: f))
            .Concat(json.RootElement.GetProperty("segments").EnumerateObject().Select(s => (Kind: "segment", Item: s)))
            .Select(i => Encoding.UTF8.GetBytes($$"""{"version":{{i.Item.Value.GetProperty("version")}},"kind":"{{i.Kind}}","key":"{{i.Item.Name}}","object":{{i.Item.Value.GetRawText()}}}"""))
            .ToArray();
        ChangeSet Transfer()
        {
            var machine = new PayloadMachine();
            machine.Accept(WireEvent.Full.Parse());
            foreach (var put in events)
            {
                machine.Accept(PayloadEventReader.Parse("put-object"u8, put));
            }

            return machine.Accept(WireEvent.Transferred("s").Parse()).Changes!;
        }

        Assert.Equal(set.Flags.Count + set.Segments.Count, Transfer().Items.Length);
        var older = Allocations.Least(() => ModelReader.ReadDataSet(payload));
        var newer = Allocations.Least(() => Transfer());
        TestContext.Current.TestOutputHelper!.WriteLine($"older {older:N0}, newer {newer:N0} bytes");
        Assert.InRange(newer, 0, older * 3 / 2);
    }

    /// <summary>What reading leaves behind counts towards the limit of a transfer: a fault must not leave 50 KB.</summary>
    [Fact]
    public void Ten_thousand_items_that_cannot_be_understood_are_within_the_usual_limit_of_a_transfer()
    {
        var machine = new PayloadMachine(new StreamingOptions().MaxEventBytes);
        machine.Accept(WireEvent.Full.Parse());
        var most = 0L;
        for (var i = 0; i < 10_000; i++)
        {
            var put = PayloadEventReader.Parse("put-object"u8, Encoding.UTF8.GetBytes($$"""{"version":1,"kind":"flag","key":"f{{i}}","object":{"key":"f{{i}}","version":1,"on":7} }"""));
            most = Math.Max(most, i < 100 ? 0 : put.Cost);
            Assert.Equal(PayloadStepKind.None, machine.Accept(put).Kind);
        }

        Assert.Equal(10_000, machine.Accept(WireEvent.Transferred("s").Parse()).Changes!.Items.Length);
        TestContext.Current.TestOutputHelper!.WriteLine($"at most {most:N0} bytes an item");
        Assert.InRange(most, 1, 20_000);
    }

    /// <summary>Several clients of a process read at once, and then each makes what it works with anew: 70 KB, which are no part of what was sent.</summary>
    [Fact]
    public void What_is_made_to_read_with_does_not_count_towards_the_limit_of_a_transfer()
    {
        var put = PutJson("f", 1);
        PayloadEventReader.Parse("put-object"u8, put);
        for (var i = 0; i < 100; i++)
        {
            // All that are spare are in others' hands.
            for (var taken = 0; taken < 64; taken++)
            {
                ReadScratch.Rent();
            }

            Assert.InRange(PayloadEventReader.Parse("put-object"u8, put).Cost, 1, 20_000);
        }
    }

    private static byte[] PutJson(string key, int version) => Encoding.UTF8.GetBytes(
        $$"""{"version":{{version}},"kind":"flag","key":"{{key}}","object":{"key":"{{key}}","version":{{version}},"on":true} }""");

    private static long BytesOfAChangeSet(int flags)
    {
        const int InARound = 2000;
        var store = new MemoryStore();
        var notifier = new ChangeNotifier(store, store, new FlagChanges(null));
        var machine = new PayloadMachine();
        machine.Accept(WireEvent.Full.Parse());
        for (var i = 0; i < flags; i++)
        {
            machine.Accept(WireEvent.Put("flag-" + i, 1).Parse());
        }

        notifier.Apply(machine.Accept(WireEvent.Transferred("s0").Parse()).Changes!);
        var transferred = Encoding.UTF8.GetBytes(WireEvent.Transferred("s1").Data);
        var version = 1;
        Run(Puts());
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var puts = Puts();
            least = Math.Min(least, Allocations.Least(() => Run(puts), rounds: 1) / InARound);
        }

        return least;

        // Newer each time: what is not newer changes nothing and would cost less.
        byte[][] Puts()
        {
            version++;
            return [.. Enumerable.Range(0, InARound).Select(i => Encoding.UTF8.GetBytes(WireEvent.Put("flag-" + (i * 7919 % flags), (version * InARound) + i).Data))];
        }

        void Run(byte[][] puts)
        {
            foreach (var put in puts)
            {
                machine.Accept(PayloadEventReader.Parse("put-object"u8, put));
                notifier.Apply(machine.Accept(PayloadEventReader.Parse("payload-transferred"u8, transferred)).Changes!);
            }
        }
    }
}
