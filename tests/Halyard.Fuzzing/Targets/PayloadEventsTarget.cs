using Halyard.DataSystems.Sources.Fdv2;

namespace Halyard.Fuzzing.Targets;

/// <summary>The events of one connection over FDv2: a line each, the name and the data.</summary>
internal static class PayloadEventsTarget
{
    public static FuzzTarget Target { get; } = new("fdv2-events", "the events of an FDv2 stream, a line each", Run)
    {
        IsJson = true,
        Words = Words.Payloads,
        BytesForEach = 1_000,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var model = new PayloadModel();
        while (input.Length > 0)
        {
            var end = input.IndexOf((byte)'\n');
            var line = end < 0 ? input : input[..end];
            input = end < 0 ? [] : input[(end + 1)..];
            var blank = line.IndexOf((byte)' ');
            if (blank < 0 || !Read(line[..blank], line[(blank + 1)..], model))
            {
                return;
            }
        }
    }

    private static bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, PayloadModel model)
    {
        PayloadEvent what;
        try
        {
            what = PayloadEventReader.Parse(name, data);
        }
        catch (MalformedDataException fault)
        {
            JsonOracle.Refused(data, fault);
            return false;
        }

        if (what.Kind != PayloadEventKind.Ignored)
        {
            JsonOracle.Accepted(data);
        }

        return model.Accept(what);
    }
}
