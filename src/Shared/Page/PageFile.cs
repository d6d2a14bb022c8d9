namespace Halyard;

/// <summary>A file of the page, which travels within the assembly. Read when it is first asked for.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its content type.</param>
internal sealed class PageFile(string name, string type)
{
    private readonly Lazy<byte[]> _content = new(() => Read("halyard/page/" + name));

    public string Type => type;

    public byte[] Content => _content.Value;

    private static byte[] Read(string name)
    {
        using var stream = typeof(PageFile).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
