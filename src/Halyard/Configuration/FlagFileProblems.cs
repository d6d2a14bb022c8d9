namespace Halyard.Configuration;

/// <summary>What can be said against a path before it is read.</summary>
internal static class FlagFileProblems
{
    public static string IsDirectory(string path) => $"{path} is a directory; name the flag files in it.";

    /// <summary>A YAML file needs a package that is not part of the core; anything else is read as JSON.</summary>
    public static string? MissingFormat(string path, IEnumerable<IFlagFileFormat> formats) =>
        IsYaml(path) && !formats.Any(format => format.CanRead(path))
            ? $"{path} is a YAML file: add the package Halyard.Yaml and call UseYaml() on the file source's options, or AddHalyardYaml() on the services where the path is a setting."
            : null;

    private static bool IsYaml(string path) =>
        path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
}
