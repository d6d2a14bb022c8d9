namespace Halyard.Cli;

/// <summary>Files that travel within the tool.</summary>
internal static class EmbeddedFile
{
    /// <summary>Reads one; its name is the project's to know.</summary>
    public static byte[] Read(string name)
    {
        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
