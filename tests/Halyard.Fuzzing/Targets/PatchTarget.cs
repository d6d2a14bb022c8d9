using Halyard.DataSystems.Sources.Streaming;

namespace Halyard.Fuzzing.Targets;

/// <summary>The data of a <c>patch</c>, and of a <c>delete</c>, of FDv1's stream.</summary>
internal static class PatchTarget
{
    public static FuzzTarget Target { get; } = new("patch", "a patch or delete of FDv1's stream", Run)
    {
        IsJson = true,
        Words = Words.DataSets,
        BytesForEach = 400,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        Check("patch"u8, input);
        Check("delete"u8, input);
    }

    private static void Check(ReadOnlySpan<byte> name, ReadOnlySpan<byte> input)
    {
        StreamEvent what;
        try
        {
            what = WholeEventReader.Parse(name, input);
        }
        catch (MalformedDataException fault)
        {
            JsonOracle.Refused(input, fault);
            return;
        }

        JsonOracle.Accepted(input);
        Promise.Holds(what.DataSet is null, "an item's event has no data set");
        if (what.Item is { } item)
        {
            Promise.Holds(item.Key.Length > 0, "no item has an empty key");
            Promise.Holds(!name.SequenceEqual("delete"u8) || item.IsTombstone, "a delete gives a tombstone");
            JsonOracle.Accepted(item is Model.MalformedItem ? "null"u8 : item.ToUtf8Json());
        }
    }
}
