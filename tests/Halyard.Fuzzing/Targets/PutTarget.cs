using System.Text;
using Halyard.DataSystems.Sources.Streaming;

namespace Halyard.Fuzzing.Targets;

/// <summary>A <c>put</c> that is read while it arrives means what the whole text means, whatever the pieces and the window.</summary>
internal static class PutTarget
{
    public static FuzzTarget Target { get; } = new("put", "a put of FDv1's stream, read while it arrives", Run)
    {
        IsJson = true,
        Words = Words.DataSets,
        BytesForEach = 6_000,
    };

    // The pieces and the window follow from the input, so that one file says all.
    private static void Run(ReadOnlySpan<byte> input)
    {
        var random = new Randomness();
        random.Begin(Sum(input), input.Length);
        var margin = random.Length(600);
        var most = random.OneIn(4) ? 1 : random.Length(400);
        var text = Encoding.Latin1.GetString(input).ReplaceLineEndings("\n");
        var whole = WholeOutcome(Encoding.Latin1.GetBytes(text));
        Promise.Same(whole, Read(text, margin, most, random), "a put means the same while it arrives");
    }

    private static string WholeOutcome(byte[] json) => Outcome(new WholeEventReader(), json);

    private static string Read(string text, int margin, int most, Randomness random)
    {
        var stream = Encoding.Latin1.GetBytes($"event: put\ndata: {text.Replace("\n", "\ndata: ", StringComparison.Ordinal)}\n\n");
        var reader = new WindowedEventReader(margin);
        var outcome = "no event";
        using var parser = new EventStreamParser((_, rest) => outcome = Outcome(reader, rest), reader);
        for (var at = 0; at < stream.Length;)
        {
            var length = Math.Min(1 + random.Below(most), stream.Length - at);
            parser.Push(stream.AsSpan(at, length));
            at += length;
        }

        return outcome;
    }

    private static string Outcome(IStreamEventReader reader, ReadOnlySpan<byte> rest)
    {
        try
        {
            return reader.Read("put"u8, rest).DataSet is { } data ? Meaning.Of(data) : "ignored";
        }
        catch (MalformedDataException fault)
        {
            return Meaning.Of(fault);
        }
    }

    private static ulong Sum(ReadOnlySpan<byte> input)
    {
        var sum = 14695981039346656037UL;
        foreach (var value in input)
        {
            sum = (sum ^ value) * 1099511628211UL;
        }

        return sum;
    }
}
