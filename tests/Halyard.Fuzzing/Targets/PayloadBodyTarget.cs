using Halyard.DataSystems.Sources.Fdv2;

namespace Halyard.Fuzzing.Targets;

/// <summary>A polled body of FDv2.</summary>
internal static class PayloadBodyTarget
{
    public static FuzzTarget Target { get; } = new("fdv2-body", "a polled body of FDv2", Run)
    {
        IsJson = true,
        Words = Words.Payloads,
        BytesForEach = 1_000,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var model = new PayloadModel();
        try
        {
            var end = PayloadBody.Read(input, (in what) =>
            {
                model.Accept(what);
                return null;
            });
            Promise.Holds(end is null, "what nobody ends is read to its end");
        }
        catch (MalformedDataException fault)
        {
            JsonOracle.Refused(input, fault);
            return;
        }

        JsonOracle.Accepted(input);
    }
}
