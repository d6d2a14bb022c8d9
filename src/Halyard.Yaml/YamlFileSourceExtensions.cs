namespace Halyard;

/// <summary>Adds YAML to the file source.</summary>
public static class YamlFileSourceExtensions
{
    /// <summary>Reads files that end in <c>.yaml</c> or <c>.yml</c> as YAML 1.2. A second call changes nothing.</summary>
    public static FileSourceOptions UseYaml(this FileSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Formats.OfType<YamlFlagFile>().Any())
        {
            options.Formats.Add(new YamlFlagFile());
        }

        return options;
    }
}
