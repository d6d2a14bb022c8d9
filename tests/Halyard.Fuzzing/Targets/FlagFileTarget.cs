using Halyard.DataSystems.Sources.Files;

namespace Halyard.Fuzzing.Targets;

/// <summary>A flag file in JSON, as data and as overrides: it gives data or errors, and no change when it is read again.</summary>
internal static class FlagFileTarget
{
    public static FuzzTarget Target { get; } = new("flag-file", "a flag file in JSON", Run)
    {
        IsJson = true,
        Words = ["flagValues", "$schema", "// comment\n", "/* comment */", ",", .. Words.DataSets],
        BytesForEach = 3_000,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var path = ScratchFile.Path(".json");
        File.WriteAllBytes(path, input);
        using var text = FlagFileText.ReadAsync(path, default).GetAwaiter().GetResult();
        var isJson = text.Error is null && JsonOracle.IsJson(text.Bytes.Span, comments: true);
        Load(text, isJson, [], areOverrides: false);
        Load(text, isJson, [], areOverrides: true);
    }

    /// <summary>Loads a file twice.</summary>
    public static void Load(FlagFileText text, bool isJson, IReadOnlyList<IFlagFileFormat> formats, bool areOverrides)
    {
        var data = new FlagFileData(formats, DuplicateKeys.FirstWins, TimeProvider.System, areOverrides);
        var load = data.Load([text]);
        Promise.Holds((load.DataSet is null) == (load.Errors.Count > 0), "a file gives data or says why not");
        if (load.DataSet is not { } set)
        {
            Promise.Holds(load.Errors.All(error => error.Length > 0), "an error says what is wrong");
            return;
        }

        Promise.Holds(isJson, "what is read is JSON");
        Uniqueness.Holds(set);
        load.Commit!();
        var again = data.Load([text]);
        Promise.Holds(again.DataSet is null && again.Errors.Count == 0, "a file that did not change changes nothing");
    }
}
