using System.Buffers;
using System.Text;

namespace Halyard;

/// <summary>
/// Flag files in YAML 1.2 (core schema). Anchors, aliases and merge keys (<c>&lt;&lt;</c>) work; <c>yes</c> and <c>no</c>
/// are strings; <c>.inf</c>, <c>.nan</c>, repeated keys and further documents are errors, because JSON has no such thing.
/// Thread-safe.
/// </summary>
public sealed class YamlFlagFile : IFlagFileFormat
{
    /// <inheritdoc/>
    public string Name => "YAML";

    /// <inheritdoc/>
    public bool CanRead(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public void Convert(ReadOnlyMemory<byte> text, IBufferWriter<byte> json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var root = YamlTree.Read(Encoding.UTF8.GetString(text.Span));
        YamlToJson.Write(root, json, text.Length);
    }
}
