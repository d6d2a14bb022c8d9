using System.Text.Json;

namespace Halyard.Benchmarks.Suite;

/// <summary>Figures as lines of JSON, from a scenario's process to the runner, and as the file of results.</summary>
internal static class FigureJson
{
    private static readonly JsonSerializerOptions Line = new(JsonSerializerDefaults.Web);
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Write(Figure figure) => JsonSerializer.Serialize(figure, Line);

    public static Figure Read(string line) => JsonSerializer.Deserialize<Figure>(line, Line)!;

    public static string Write(Results results) => JsonSerializer.Serialize(results, Indented);

    public static Results? ReadResults(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<Results>(File.ReadAllBytes(path), Indented) : null;
}
