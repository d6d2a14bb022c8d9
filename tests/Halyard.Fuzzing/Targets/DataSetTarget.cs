using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;

namespace Halyard.Fuzzing.Targets;

/// <summary>A body of FDv1: each key counts once, what is in quarantine is malformed by itself, and the good items read again as the same.</summary>
internal static class DataSetTarget
{
    public static FuzzTarget Target { get; } = new("data-set", "a body of FDv1", Run)
    {
        IsJson = true,
        Words = Words.DataSets,
        BytesForEach = 1_500,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        DataSet data;
        try
        {
            data = ModelReader.ReadDataSet(input);
        }
        catch (MalformedDataException fault)
        {
            JsonOracle.Refused(input, fault, marked: true);
            return;
        }

        JsonOracle.Accepted(input, marked: true);
        Uniqueness.Holds(data);
        foreach (var bad in data.Malformed)
        {
            Promise.Holds(bad.Text is not null && IsMalformed(bad), "what is in quarantine is malformed", $"{Meaning.Of(bad)}");
        }

        using var written = new MemoryStream();
        using (var writer = new Utf8JsonWriter(written, JsonText.Plain))
        {
            ModelWriter.Write(writer, data);
        }

        Promise.Same(
            Meaning.Of(data with { Malformed = [] }), Meaning.Of(ModelReader.ReadDataSet(written.GetBuffer().AsSpan(0, (int)written.Length))), "what was written reads as the same");
    }

    private static bool IsMalformed(Model.MalformedItem item)
    {
        try
        {
            ModelReader.ReadItem(item.Kind, item.Key, item.Text);
            return false;
        }
        catch (MalformedDataException)
        {
            return true;
        }
    }
}
