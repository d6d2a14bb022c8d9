using System.Reflection;

namespace Halyard.Cli;

internal static class CliVersion
{
    /// <summary>The tool's version, without the build's commit.</summary>
    public static string Text { get; } =
        (typeof(CliVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
