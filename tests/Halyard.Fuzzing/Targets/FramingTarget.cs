using System.Text;
using Halyard.DataSystems.Sources.Streaming;

namespace Halyard.Fuzzing.Targets;

/// <summary>Server-sent events: as the standard says, and the same in any pieces, within a limit and without one.</summary>
internal static class FramingTarget
{
    public static FuzzTarget Target { get; } = new("framing", "server-sent events", Run)
    {
        Words =
        [
            "data:", "data: ", "event:", "event: ", "id: 1", "retry: 10", ":", ": comment", "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "\uFEFF", "put", "data", "event",
            "data\n", "eventx: ", "datax", " data: ", "data: a\n\n", "event: put\ndata: b\n\n",
        ],
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var random = new Randomness();
        random.Begin(17, input.Length + (input.IsEmpty ? 0 : input[^1]));
        var whole = Read(input, input.Length + 1, random, long.MaxValue);
        Promise.Same(string.Concat(PlainEventStream.Read(input).Select(what => Told(what.Name, what.Data))), whole.Events, "events are those of the standard");
        var most = random.OneIn(2) ? 1 : random.Length(64);
        Compare(whole, Read(input, most, random, long.MaxValue));

        var limit = random.Length(300);
        Compare(Read(input, input.Length + 1, random, limit), Read(input, most, random, limit));
    }

    private static void Compare(Framed whole, Framed cut)
    {
        Promise.Same(whole.Events, cut.Events, "events are the same in any pieces");
        Promise.Holds(whole.IsRefused == cut.IsRefused, "the limit is the same in any pieces");
        Promise.Holds(
            whole.IsRefused || (whole.Ended == cut.Ended && whole.Bytes == cut.Bytes && whole.IsUnderWay == cut.IsUnderWay),
            "what is counted is the same in any pieces",
            $"{whole} {cut}");
    }

    private static Framed Read(ReadOnlySpan<byte> input, int most, Randomness random, long limit)
    {
        var events = new StringBuilder();
        using var parser = new EventStreamParser(
            (name, data) => events.Append(Told(Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(data))), mostBytes: limit);
        var isRefused = false;
        try
        {
            for (var at = 0; at < input.Length;)
            {
                var length = Math.Min(1 + random.Below(most), input.Length - at);
                parser.Push(input.Slice(at, length));
                at += length;
            }
        }
        catch (InvalidDataException) when (limit < long.MaxValue)
        {
            isRefused = true;
        }

        Promise.Holds(parser.MostHeld <= Math.Min(limit, input.Length), "no more is held than came", $"{parser.MostHeld}");
        return new(events.ToString(), isRefused, parser.Ended, parser.EventBytes, parser.IsUnderWay);
    }

    private static string Told(string name, string data) => $"{name}|{data}\0";

    private readonly record struct Framed(string Events, bool IsRefused, long Ended, long Bytes, bool IsUnderWay);
}
