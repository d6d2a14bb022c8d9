using System.Text;
using CsCheck;
using Halyard.DataComponents;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class PayloadMachineTests
{
    /// <summary>
    /// A line of events (I full, C changes, N none, X unknown intent, a..z put, A deletes a, T transferred, E error, G
    /// goodbye, ? unknown kind, . heartbeat) and what follows from them.
    /// </summary>
    [Theory]
    [InlineData("IabT", "full flag a:2 flag b:3 @s4:4")]
    [InlineData("Iab", "")]
    [InlineData("I.a.b.T", "full flag a:3 flag b:5 @s7:7")]
    [InlineData("IT", "full @s2:2")]
    [InlineData("CaAT", "partial flag a:3 deleted @s4:4")]
    [InlineData("CaaT", "partial flag a:3 @s4:4")]
    [InlineData("IaTbTAT", "full flag a:2 @s3:3 | partial flag b:4 @s5:5 | partial flag a:6 deleted @s7:7")]
    [InlineData("N", "none")]
    [InlineData("NaT", "none | partial flag a:2 @s3:3")]
    [InlineData("NT", "none | partial @s2:2")]
    [InlineData("IaEbT", "skip error | full flag b:4 @s5:5")]
    [InlineData("IaECbT", "skip error | partial flag b:5 @s6:6")]
    [InlineData("IaIbT", "full flag b:4 @s5:5")]
    [InlineData("IaCbT", "partial flag b:4 @s5:5")]
    [InlineData("CaIbT", "full flag b:4 @s5:5")]
    [InlineData("Ia?bT", "skipped e | full flag a:2 flag b:4 @s5:5")]
    [InlineData("IaGbT", "goodbye | full flag b:4 @s5:5")]
    [InlineData("T", "broken")]
    [InlineData("aT", "broken")]
    [InlineData("aIT", "full @s3:3")]
    [InlineData("X", "broken")]
    [InlineData("IaXbT", "broken | broken")]
    [InlineData("IaTX", "full flag a:2 @s3:3 | broken")]
    public void Events_add_up_to_change_sets(string events, string expected)
    {
        var machine = new PayloadMachine();
        var steps = events.Select((name, at) => machine.Accept(EventOf(name, at + 1))).Where(step => step.Kind != PayloadStepKind.None);
        Assert.Equal(expected.Replace("skip error", "abandoned", StringComparison.Ordinal), string.Join(" | ", steps.Select(Text)));
    }

    [Fact]
    public void A_body_cut_at_any_byte_gives_whole_change_sets_only()
    {
        var body = Encoding.UTF8.GetBytes(WireEvent.Body(
            WireEvent.Full, WireEvent.Put("ä", 1), WireEvent.Transferred("s1"), WireEvent.Put("b", 2), WireEvent.Delete("ä", 3), WireEvent.Transferred("s2", 2)));
        string[] whole = ["full flag ä:1 @s1:1", "partial flag b:2 flag ä:3 deleted @s2:2"];
        for (var length = 0; length <= body.Length; length++)
        {
            var machine = new PayloadMachine();
            var changes = new List<string>();
            void Read() => PayloadBody.Read(body.AsSpan(0, length), (in PayloadEvent what) =>
            {
                if (machine.Accept(what).Changes is { } set)
                {
                    changes.Add(RecordingDestination.ChangeSetText(set));
                }

                return null;
            });
            if (length == body.Length)
            {
                Read();
                Assert.Equal(2, changes.Count);
            }
            else
            {
                Assert.Throws<MalformedDataException>(Read);
            }

            Assert.Equal(whole[..changes.Count], changes);
        }
    }

    [Fact]
    public void A_large_transfer_leaves_no_large_buffer_behind_it_in_the_change_sets()
    {
        var machine = new PayloadMachine();
        machine.Accept(WireEvent.Full.Parse());
        for (var i = 0; i < 5000; i++)
        {
            machine.Accept(WireEvent.Put("f" + i, 1).Parse());
        }

        Assert.Equal(5000, machine.Accept(WireEvent.Transferred("s").Parse()).Changes!.Items.Length);
        machine.Accept(WireEvent.Put("g", 1).Parse());
        Assert.Equal("g", Assert.Single(machine.Accept(WireEvent.Transferred("t").Parse()).Changes!.Items).Key);
    }

    /// <summary>
    /// Random events over several connections, each cut anywhere, against a plain reference model: the store has what
    /// the model has after every event, and between two commits it has not moved at all.
    /// </summary>
    [Fact]
    public void Whatever_the_service_sends_the_store_holds_what_was_committed_and_nothing_else()
    {
        var genEvent = Gen.Frequency(
            (2, Gen.Const('I')), (2, Gen.Const('C')), (1, Gen.Const('N')), (6, Gen.Char['a', 'f']), (3, Gen.Char['A', 'B']), (5, Gen.Const('T')),
            (1, Gen.Const('E')), (1, Gen.Const('.')), (1, Gen.Const('?')), (1, Gen.Const('X')), (1, Gen.Const('G')));
        genEvent.Array[0, 30].Array[1, 5].Sample(connections =>
        {
            var store = new MemoryStore();
            var model = new SortedDictionary<string, string>();
            var version = 0;
            foreach (var connection in connections)
            {
                var machine = new PayloadMachine();
                var intent = ' ';
                var pending = new List<(string Key, string? Value)>();
                foreach (var name in connection)
                {
                    version++;
                    var before = store.Snapshot;
                    var step = machine.Accept(EventOf(name, version));
                    if (step.Changes is { } changes)
                    {
                        store.Apply(changes);
                    }

                    // The reference, as plain as can be.
                    var committed = false;
                    switch (name)
                    {
                        case 'I' or 'C' or 'N':
                            intent = name == 'I' ? 'I' : 'C';
                            pending.Clear();
                            committed = name == 'N';
                            break;
                        case 'X':
                            intent = ' ';
                            pending.Clear();
                            break;
                        case 'E' or 'G':
                            pending.Clear();
                            break;
                        case >= 'a' and <= 'f' when intent != ' ':
                            pending.Add((name.ToString(), $"{version}"));
                            break;
                        case 'A' or 'B' when intent != ' ':
                            pending.Add((char.ToLowerInvariant(name).ToString(), null));
                            break;
                        case 'T' when intent != ' ':
                            if (intent == 'I')
                            {
                                model.Clear();
                            }

                            foreach (var (key, value) in pending)
                            {
                                if (value is null)
                                {
                                    model.Remove(key);
                                }
                                else
                                {
                                    model[key] = value;
                                }
                            }

                            pending.Clear();
                            intent = 'C';
                            committed = true;
                            break;
                        case 'T':
                            intent = ' ';
                            break;
                    }

                    if (!committed && !ReferenceEquals(before, store.Snapshot))
                    {
                        return false;
                    }

                    var held = store.AllFlags().OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, $"{f.Version}"));
                    if (!held.SequenceEqual(model.Select(m => (m.Key, m.Value))))
                    {
                        return false;
                    }

                    if (name is 'G' or 'X' || step.Kind == PayloadStepKind.Broken)
                    {
                        break; // The client leaves; the next connection begins anew.
                    }
                }
            }

            return true;
        }, iter: 3000, print: connections => string.Join(" / ", connections.Select(c => new string(c))));
    }

    private static PayloadEvent EventOf(char name, int number) => (name switch
    {
        'I' => WireEvent.Full,
        'C' => WireEvent.Changes,
        'N' => WireEvent.UpToDate,
        'X' => WireEvent.Intent("xfer-magic"),
        'T' => WireEvent.Transferred("s" + number, number),
        'E' => WireEvent.Error(),
        'G' => WireEvent.Goodbye(),
        '?' => WireEvent.Put("e", number, "e"),
        '.' => new WireEvent("heartbeat", "{}"),
        >= 'a' and <= 'z' => WireEvent.Put(name.ToString(), number),
        _ => WireEvent.Delete(char.ToLowerInvariant(name).ToString(), number),
    }).Parse();

    private static string Text(PayloadStep step) => step.Kind switch
    {
        PayloadStepKind.Changes => RecordingDestination.ChangeSetText(step.Changes!),
        PayloadStepKind.Skipped => "skipped " + step.Text,
        PayloadStepKind.Abandoned => "abandoned",
        PayloadStepKind.Goodbye => "goodbye",
        _ => "broken",
    };
}
