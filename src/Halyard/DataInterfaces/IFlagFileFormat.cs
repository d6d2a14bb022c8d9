using System.Buffers;

namespace Halyard;

/// <summary>
/// Reads flag files of a format other than JSON, by turning their text into JSON of the same shape
/// (<c>{"flags":{...},"flagValues":{...},"segments":{...}}</c>). Implementations are thread-safe.
/// </summary>
public interface IFlagFileFormat
{
    /// <summary>The format's name for messages, such as <c>YAML</c>.</summary>
    string Name { get; }

    /// <summary>Whether the file is of this format, as far as its path tells; opens nothing.</summary>
    bool CanRead(string path);

    /// <summary>Turns a file's text into UTF-8 JSON.</summary>
    /// <param name="text">The file's bytes, without a byte order mark; valid UTF-8. Only to be used during the call.</param>
    /// <param name="json">Where the JSON goes.</param>
    /// <exception cref="FlagFileFormatException">The text is malformed; the message and the position say how.</exception>
    void Convert(ReadOnlyMemory<byte> text, IBufferWriter<byte> json);
}
