namespace Halyard.Fuzzing;

/// <summary>The seeds that the repository keeps: a folder for each target.</summary>
internal static class SeedFiles
{
    /// <summary>A target's seeds, in the order of their names.</summary>
    public static IReadOnlyList<byte[]> Of(FuzzTarget target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target.Name);
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length != 0
            ? [.. files.Select(File.ReadAllBytes)]
            : throw new InvalidOperationException($"The target {target.Name} has no seeds in {folder}.");
    }
}
