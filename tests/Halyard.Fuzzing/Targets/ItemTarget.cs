using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Fuzzing.Targets;

/// <summary>One flag or segment: what is read can be written, and reads as the same again.</summary>
internal static class ItemTarget
{
    public static FuzzTarget Target { get; } = new("item", "a flag or segment in JSON", Run)
    {
        IsJson = true,
        Words = Words.Items,
        BytesForEach = 400,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        Check(DataKind.Flag, null, input);
        Check(DataKind.Segment, "outer", input);
    }

    private static void Check(DataKind kind, string? key, ReadOnlySpan<byte> input)
    {
        ItemDescriptor item;
        try
        {
            item = ModelReader.ReadItem(kind, key, input);
        }
        catch (MalformedDataException fault)
        {
            JsonOracle.Refused(input, fault, marked: true);
            return;
        }

        JsonOracle.Accepted(input, marked: true);
        Promise.Holds(item.Kind == kind && item.Key.Length > 0 && (key is null || item.Key == key), "an item has the key it stands under", $"{item.Key}");
        var written = item.ToUtf8Json();
        JsonOracle.Accepted(written);
        Promise.Same(Meaning.Of(item), Meaning.Of(ModelReader.ReadItem(kind, item.Key, written)), "what was written reads as the same");
    }
}
