using System.Text;
using System.Text.Json;
using CsCheck;
using Halyard.DataModel.Json.Writing;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Tests.Json;
using Halyard.Tests.Support;

namespace Halyard.Tests;

// Reading the whole put at once is the yardstick. Small margins let a small payload meet what a large one meets with
// the usual margin: items that are longer than the text at hand.
public sealed class PutReaderTests
{
    private static readonly string FullFlag = Encoding.UTF8.GetString(Samples.FullFlag);

    private static readonly string[] Values =
    [
        """{"key":"a","version":1}""", """{"version":7,"deleted":true}""", """{"deleted":true,"rules":"any","version":3}""",
        FullFlag, Encoding.UTF8.GetString(Samples.FullSegment),
        """{"key":"é\u00e9\n","version":2,"more":{"x":[1,2,{"y":"}{"}]},"salt":"\\\""}""",
        $$"""{"key":"long","version":1,"salt":"{{new string('s', 300)}}"}""",
    ];

    private static readonly string[] Faulty =
    [
        "null", "7", "[]", "{}", """{"key":"a","version":"x"}""", """{"key":"a","version":1,"rules":[{},{"clauses":7}]}""", """{"deleted":true}""",
        "{\"key\":\"\ud800\",\"version\":1}",
    ];

    private static readonly Gen<string> Name = Gen.Int[0, 5].Select(i => new[] { "a", "b", "c.d", "it's", "é", "\\u0061" }[i]);

    private static readonly Gen<string> Value = Gen.Frequency(
        (40, Gen.Int[0, Values.Length - 1].Select(i => Values[i])), (4, Gen.Int[0, Faulty.Length - 1].Select(i => Faulty[i])));

    private static readonly Gen<string> Items = Gen.Frequency(
        (12, Gen.Select(Name, Value, (name, value) => $"\"{name}\" :\n{value}").Array[0, 12].Select(items => $"{{{string.Join(", ", items)}}}")),
        (1, Gen.Const("null")));

    private static readonly Gen<string> Parts = Gen.Frequency(
        (6, Items.Select(items => $"\"flags\":{items}")),
        (3, Items.Select(items => $"\"segments\": {items}")),
        (1, Gen.Const("\"other\":[1,{\"flags\":{}}]")));

    private static readonly Gen<string> Data = Gen.Frequency(
        (12, Parts.Array[0, 4].Select(parts => $"{{ {string.Join(",\n", parts)} }}")),
        (1, Gen.Const("null")),
        (1, Gen.Const("[[{}]]")));

    private static readonly Gen<string> Members = Gen.Frequency(
        (4, Data.Select(data => $"\"data\":{data}")),
        (2, Gen.Const("\"path\":\"/\"")),
        (1, Gen.Int[0, 3].Select(i => new[] { "\"path\":null", "\"path\":\"/x\"", "\"path\":7", "\"path\":\"\\u002f\"" }[i])),
        (1, Gen.Const("\"more\":{\"data\":\"}\"}")));

    private static readonly Gen<string> Envelopes = Members.Array[0, 5].Select(members => $"{{{string.Join(" ,", members)}}}");

    private static readonly Gen<string> Wholes = Data.Select(data => $"{{\"path\":\"/\",\"data\":{data}}}");

    private static readonly Gen<int[]> Cuts = Gen.Int[1, 400].Array[1, 8];

    private static readonly Gen<string> LineEnds = Gen.Int[0, 2].Select(i => new[] { "\n", "\r", "\r\n" }[i]);

    [Fact]
    public void Any_put_reads_as_it_does_in_one_piece() =>
        Gen.Select(Gen.OneOf(Wholes, Envelopes), LineEnds, Cuts, Gen.Int[1, 600]).Sample(
            (json, lineEnd, cuts, margin) => Compare(Encoding.UTF8.GetBytes(json), lineEnd, cuts, margin), iter: 20_000);

    [Fact]
    public void A_damaged_put_reads_as_it_does_in_one_piece()
    {
        var flips = Gen.Select(Gen.Double[0, 1], Gen.Int[0, 12].Select(i => " {}[]\",:\\x0\u00c3\u0001"[i]));
        Gen.Select(Wholes, flips.Array[0, 2], Gen.Double[0, 1.3], Cuts, Gen.Int[1, 600]).Sample(
            (json, damage, cut, cuts, margin) =>
            {
                var text = Encoding.UTF8.GetBytes(json);
                foreach (var (at, value) in damage)
                {
                    text[(int)(at * (text.Length - 1))] = (byte)value;
                }

                Compare(cut < 1 ? text[..(int)(cut * text.Length)] : text, "\n", cuts, margin);
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("""{"path":"/","data":{"flags":{"a":{"key":"a","version":1}}}} x""")]
    [InlineData("""{"path":"/","data":{"flags":{"a":{"key":"a","version":1}}}}{}""")]
    [InlineData("""{"path":"/","data":{"flags":{"a":{"key":"a","version":1},}}}""")]
    [InlineData("""{"path":"/","data":{"flags":{"a":{"key":"a","version":1}}},}""")]
    [InlineData("""{"path":"/","data":{"flags":{"a":{"key":"a","version":1}"b":1}}}""")]
    [InlineData("""{"path":"/","data":{"flags":{"":{"key":"a","version":1}}}}""")]
    [InlineData("""{"data":{"flags":{"a":{"key":"a"}}},"path":"/x"}""")]
    [InlineData("""{"data":{"flags":{"a":{"key":"a"}}},"path":"/"}""")]
    [InlineData("""{"data":{"flags":{"a":{"key":"a"}}},"path":"/","data":{}}""")]
    [InlineData("""{"path":"/x","data":{"flags":7},"path":"/"}""")]
    [InlineData("[]")]
    [InlineData("7")]
    public void What_is_amiss_reads_as_it_does_in_one_piece(string json)
    {
        for (var margin = 1; margin <= json.Length; margin++)
        {
            Compare(Encoding.UTF8.GetBytes(json), "\n", [1], margin);
        }
    }

    [Theory]
    [InlineData(61)]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    public void The_path_of_a_fault_many_levels_down_ends_where_it_does_in_one_piece(int levels)
    {
        foreach (var name in new[] { "", "a" })
        {
            var json = $$"""{"path":"/","data":{"flags":{"{{name}}":{{new string('[', levels)}}""";
            Compare(Encoding.UTF8.GetBytes(json), "\n", [7], margin: 5);
            Compare(Encoding.UTF8.GetBytes(json.Replace("flags", "other", StringComparison.Ordinal)), "\n", [7], margin: 5);
        }
    }

    [Fact]
    public void An_item_that_is_longer_than_the_window_is_read_all_the_same()
    {
        var large = $$"""{"key":"large","version":1,"included":[{{string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"user-{i}\""))}}]}""";
        var json = $$$"""{"path":"/","data":{"segments":{"a":{{{Values[0]}}},"large":{{{large}}},"b":{{{Values[0]}}},"c":{{{large}}} },"flags":{"a":{{{Values[0]}}} } } }""";
        Compare(Encoding.UTF8.GetBytes(json), "\n", [32 * 1024, 1000], PutReader.UsualMargin);
    }

    [Fact]
    public void A_put_of_10_000_flags_is_never_held_as_a_whole()
    {
        byte[] stream = [.. "event: put\ndata: {\"path\":\"/\",\"data\":"u8, .. Payloads.Large, .. "}\n\n"u8];
        var reader = new WindowedEventReader();
        StreamEvent put = default;
        using var parser = new EventStreamParser((name, rest) => put = reader.Read(name, rest), reader);
        parser.Push(stream);
        Assert.Equal(10_000, put.DataSet!.Flags.Count);
        Assert.InRange(parser.MostHeld, 1, 256 * 1024);
    }

    [Fact]
    public void An_event_without_its_end_is_none_and_the_next_connection_begins_anew()
    {
        var reader = new WindowedEventReader(margin: 16);
        var json = Encoding.UTF8.GetBytes($$$"""{"path":"/","data":{"flags":{"a":{{{FullFlag.ReplaceLineEndings("")}}},"b":{{{Values[0]}}} } } }""");
        var events = 0;
        using (var broken = new EventStreamParser((_, _) => events++, reader))
        {
            broken.Push([.. "event: put\ndata: "u8, .. json, .. "\n"u8]);
        }

        Assert.Equal(0, events);
        reader.Forget();
        Assert.Equal(Whole(json), Read(json, "\n", [100], margin: 16));
    }

    [Fact]
    public void A_name_that_comes_after_the_data_counts_as_long_as_nothing_was_read()
    {
        var reader = new WindowedEventReader(margin: 16);
        var names = new List<string>();
        using var parser = new EventStreamParser((name, _) => names.Add(Encoding.UTF8.GetString(name)), reader);
        parser.Push("data: {\nevent: put\ndata: \"p\nevent: patch\ndata: x\n\n"u8);
        Assert.Equal(["patch"], names);
        Assert.Throws<InvalidDataException>(() =>
            parser.Push("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{}},\"x\":\"                     \nevent: patch\n\n"u8));
    }

    private static void Compare(byte[] json, string lineEnd, int[] cuts, int margin) =>
        Assert.Equal(Whole(json), Read(json, lineEnd, cuts, margin));

    private static string Whole(byte[] json) => Outcome(() => WholeEventReader.Parse("put"u8, json));

    // As a stream with another event before and behind it, in pieces of these lengths in turn.
    private static string Read(byte[] json, string lineEnd, int[] cuts, int margin)
    {
        var text = Encoding.Latin1.GetString(json).Replace("\n", $"{lineEnd}data: ", StringComparison.Ordinal);
        var stream = Encoding.Latin1.GetBytes(
            $"event: patch{lineEnd}data: 1{lineEnd}{lineEnd}event: put{lineEnd}data: {text}{lineEnd}{lineEnd}:{lineEnd}data: 2{lineEnd}{lineEnd}");
        var reader = new WindowedEventReader(margin);
        var others = "";
        var outcome = "no event";
        using var parser = new EventStreamParser(
            (name, rest) =>
            {
                if (name.SequenceEqual("put"u8))
                {
                    var bytes = rest.ToArray();
                    outcome = Outcome(() => reader.Read("put"u8, bytes));
                }
                else
                {
                    others += Encoding.UTF8.GetString(rest);
                }
            },
            reader);
        var at = 0;
        for (var i = 0; at < stream.Length; i++)
        {
            var next = Math.Min(at + cuts[i % cuts.Length], stream.Length);
            parser.Push(stream.AsSpan(at..next));
            at = next;
        }

        Assert.Equal("12", others);
        return outcome;
    }

    private static string Outcome(Func<StreamEvent> read)
    {
        try
        {
            var what = read();
            if (what.DataSet is not { } dataSet)
            {
                return "ignored";
            }

            using var text = new MemoryStream();
            using (var writer = new Utf8JsonWriter(text))
            {
                ModelWriter.Write(writer, dataSet);
            }

            var malformed = dataSet.Malformed.Select(item =>
                $"{item.Kind} {item.Key} {(item.HasVersion ? item.Version : null)} {item.Path} {item.Problem} {Encoding.Latin1.GetString(item.Text!)}");
            return Encoding.UTF8.GetString(text.ToArray()) + string.Join('\n', malformed);
        }
        catch (MalformedDataException e)
        {
            // The line and the byte are known to who has the whole text alone.
            var place = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            return $"{e.Path}|{(place < 0 ? e.Message : e.Message[..place])}";
        }
    }
}
