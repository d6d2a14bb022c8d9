namespace Halyard.IntegrationTests.Support;

/// <summary>Programs of the repository that are built like these tests, and stand beside them.</summary>
internal static class BuiltProgram
{
    /// <summary>Where the assembly of a project of <c>tests/</c> is.</summary>
    public static string Of(string project) =>
        Path.Combine(AppContext.BaseDirectory.Replace("Halyard.IntegrationTests", project, StringComparison.Ordinal), project + ".dll");
}
