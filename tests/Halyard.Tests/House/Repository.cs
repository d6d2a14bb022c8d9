namespace Halyard.Tests.House;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the repository, without what builds leave there.</summary>
    public static IEnumerable<string> CSharpFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);

    /// <summary>The path of a file, from the root, with forward slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Halyard.slnx")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No Halyard.slnx above {AppContext.BaseDirectory}");
    }
}
