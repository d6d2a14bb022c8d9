using System.Buffers;
using System.Text;
using Halyard.DataSystems.Sources.Files;

namespace Halyard.Fuzzing.Targets;

/// <summary>A flag file in YAML: it becomes JSON, or is refused with a place.</summary>
internal static class YamlTarget
{
    private static readonly YamlFlagFile Yaml = new();

    public static FuzzTarget Target { get; } = new("yaml", "a flag file in YAML", Run)
    {
        Words =
        [
            "flags:", "flagValues:", "segments:", "\n", "\n  ", "\n    ", "- ", ": ", "? ", "&a ", "*a", "<<: ", "<<: *a", "<<: [*a, *b]", "!!str ", "!!int ", "!!float ", "!!null ", "!!bool ",
            "!!map", "!!seq", "!x ", "|\n", ">\n", "|-", ">+2", "'", "\"", "[", "]", "{", "}", ", ", "#", "---\n", "...\n", "%YAML 1.2\n", "~", "yes", "0x1F", "0o17", "1e3", "1e999", ".5",
            "5.", "-.inf", ".nan", "\\u0041", "\\ud800", "\\x41", "\t", "key:", "version: 1", "on: true", "variations: [a, b]", "\u0085", "\u2028", "\uFEFF",
        ],
        FixedBytes = 256 << 20, // a million nodes are let through, however few lines of aliases make them
        BytesForEach = 16_000,
        MostLength = 4 * 1024,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        // Whoever calls has seen to it that the text is UTF-8.
        var text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(input));
        var json = new ArrayBufferWriter<byte>();
        try
        {
            Yaml.Convert(text, json);
        }
        catch (FlagFileFormatException fault)
        {
            Promise.Holds(fault.Message.Length > 0 && fault.Line >= 0 && fault.Column >= 0, "a refusal has a place", $"{fault.Line} {fault.Column}");
            return;
        }

        Promise.Holds(JsonOracle.IsJson(json.WrittenSpan), "YAML becomes JSON", $"{Encoding.UTF8.GetString(json.WrittenSpan)}");
        var path = ScratchFile.Path(".yaml");
        File.WriteAllBytes(path, text);
        using var file = FlagFileText.ReadAsync(path, default).GetAwaiter().GetResult();
        FlagFileTarget.Load(file, isJson: true, [Yaml], areOverrides: false);
    }
}
