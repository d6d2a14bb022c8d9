namespace Halyard;

/// <summary>A flag file's text is malformed.</summary>
/// <param name="message">What is wrong, without the position.</param>
/// <param name="line">The line, counted from 1; 0 when unknown.</param>
/// <param name="column">The column in characters, counted from 1; 0 when unknown.</param>
/// <param name="innerException">The parser's own error, if any.</param>
public sealed class FlagFileFormatException(string message, int line, int column, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The line, counted from 1; 0 when unknown.</summary>
    public int Line { get; } = line;

    /// <summary>The column in characters, counted from 1; 0 when unknown.</summary>
    public int Column { get; } = column;
}
