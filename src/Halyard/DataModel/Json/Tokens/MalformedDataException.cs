namespace Halyard;

/// <summary>Flag data is not valid JSON, or is JSON of the wrong shape.</summary>
/// <param name="message">What is wrong, with the path.</param>
/// <param name="path">The path of the fault from the document's root, such as <c>flags.my-flag.rules[2].clauses[0].op</c>; empty for the root.</param>
/// <param name="innerException">The JSON reader's error, if the text is not JSON at all.</param>
public sealed class MalformedDataException(string message, string path, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The path of the fault from the document's root; empty for the root.</summary>
    public string Path { get; } = path;
}
