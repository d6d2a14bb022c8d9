using System.Net.ServerSentEvents;
using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Tests.Support;

namespace Halyard.Tests;

[Collection(typeof(Alone))]
public sealed class EventStreamParserTests
{
    /// <summary>Pieces of which streams, and broken streams, are made.</summary>
    private static readonly string[] Pieces =
    [
        "data", "event", "id", "retry", ":", ": ", " ", "\n", "\r", "\r\n", "\n\n", "put", "{\"a\":1}", "data: x", "event: e", "data\n", "ä", "datax",
        "a-very-long-name-of-a-field", "\uFEFF",
    ];

    [Theory]
    [InlineData("data: x\n\n", "message=x")]
    [InlineData("event: e\ndata: x\n\ndata: y\n\n", "e=x", "message=y")]
    [InlineData("data: x\r\rdata: y\r\n\r\ndata: z\n\n", "message=x", "message=y", "message=z")]
    [InlineData("data: x\ndata\ndata:y\ndata:  z\n\n", "message=x\n\ny\n z")]
    [InlineData("event: a\nevent: b\ndata: x\n\n", "b=x")]
    [InlineData("event: a\nevent\ndata: x\n\n", "message=x")]
    [InlineData("event: lost\n\ndata: x\n\n", "message=x")]
    [InlineData("data\n\n", "message=")]
    [InlineData("\uFEFFdata: x\n\n", "message=x")]
    [InlineData("\uFEFF\n\uFEFFdata: x\n\n")]
    [InlineData("data: unfinished\n")]
    [InlineData("Data: x\ndatax: y\ndat: z\n:data: c\n\n")]
    public void Events_are_framed_however_the_bytes_arrive(string text, params string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(expected, Parse(bytes, size));
        }
    }

    // Of names, the platform's parser keeps one over an event without data and gives an empty one as it is, against the
    // standard; the table above covers them.
    [Fact]
    public Task It_agrees_with_the_platform_parser_on_the_data_of_any_text() =>
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Array[0, 40], Gen.Int[1, 9]).SampleAsync(async (pieces, size) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(pieces.Select(p => Pieces[p])));
            var expected = new List<string>();
            await foreach (var item in SseParser.Create(new MemoryStream(bytes)).EnumerateAsync(TestContext.Current.CancellationToken))
            {
                expected.Add(item.Data);
            }

            Assert.Equal(expected, Parse(bytes, size).Select(e => e[(e.IndexOf('=', StringComparison.Ordinal) + 1)..]));
        });

    [Fact]
    public void A_large_event_allocates_nothing_and_the_next_is_framed_all_the_same()
    {
        var line = Encoding.UTF8.GetBytes("data: " + new string('x', 5_000_000) + "\n\ndata: y\n\n");
        var lengths = new List<int>(2);
        var least = Allocations.Least(() =>
        {
            lengths.Clear();
            using var parser = new EventStreamParser((_, data) => lengths.Add(data.Length));
            foreach (var at in (ReadOnlySpan<int>)[0, 1, 70_000, 3_000_000])
            {
                var to = at switch { 0 => 1, 1 => 70_000, 70_000 => 3_000_000, _ => line.Length };
                parser.Push(line.AsSpan(at..to));
            }
        });

        Assert.InRange(least, 0, 2000);
        Assert.Equal([5_000_000, 1], lengths);
    }

    [Fact]
    public void A_data_set_of_12_MB_costs_the_model_alone()
    {
        var payload = Payloads.Large;
        byte[] stream = [.. "event: put\ndata: {\"path\":\"/\",\"data\":"u8, .. payload, .. "}\n\n"u8];
        StreamEvent put = default;
        void Read()
        {
            var reader = new WindowedEventReader();
            using var parser = new EventStreamParser((name, rest) => put = reader.Read(name, rest), reader);
            foreach (var chunk in stream.Chunk(32 * 1024))
            {
                parser.Push(chunk);
            }
        }

        Read();
        ModelReader.ReadDataSet(payload);
        var model = Allocations.Least(() => ModelReader.ReadDataSet(payload), rounds: 3);
        var whole = Allocations.Least(Read, rounds: 3);
        Assert.Equal(10_000, put.DataSet!.Flags.Count);

        // The chunks are the test's own copy of the stream. Collections during either reading move its figure by some
        // kilobytes, so the difference may come out below zero.
        Assert.InRange(whole - model - stream.Length, long.MinValue, 500_000);
    }

    [Fact]
    public void A_put_of_ten_thousand_items_that_cannot_be_understood_is_within_the_usual_limit()
    {
        var flags = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""
            "f{{i}}":{"key":"f{{i}}","version":1,"on":7}
            """));
        var reader = new WindowedEventReader(mostBytes: new StreamingOptions().MaxEventBytes);
        StreamEvent put = default;
        using var parser = new EventStreamParser((name, rest) => put = reader.Read(name, rest), reader);
        parser.Push(Encoding.UTF8.GetBytes($"event: put\ndata: {{\"path\":\"/\",\"data\":{{\"flags\":{{{flags}}}}}}}\n\n"));
        Assert.Equal(10_000, put.DataSet!.Malformed.Count);
    }

    [Theory]
    [InlineData("event: put\ndata: a\ndata: b\ndata: c\n\n", 15)]
    [InlineData("data:\ndata:\ndata:\ndata\ndata\n\n", 5)]
    [InlineData("\uFEFF: a comment\n: another\ndata: a\n\n", 2)]
    [InlineData("id: 1\nretry\ndata: a\n\n", 10)]
    public void What_counts_towards_the_limit_is_the_same_in_any_pieces(string text, int limit)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var events = 0;
            using var parser = new EventStreamParser((_, _) => events++, mostBytes: limit);
            foreach (var chunk in bytes.Chunk(size))
            {
                parser.Push(chunk);
            }

            Assert.Equal(1, events);
            using var narrower = new EventStreamParser((_, _) => events++, mostBytes: 1);
            Assert.Equal(text.Contains("comment", StringComparison.Ordinal), Record.Exception(() =>
            {
                foreach (var chunk in bytes.Chunk(size))
                {
                    narrower.Push(chunk);
                }
            }) is null);
        }
    }

    private static List<string> Parse(byte[] bytes, int chunkSize)
    {
        var events = new List<string>();
        using var parser = new EventStreamParser((name, data) => events.Add($"{Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(data)}"));
        foreach (var chunk in bytes.Chunk(chunkSize))
        {
            parser.Push(chunk);
        }

        return events;
    }
}
