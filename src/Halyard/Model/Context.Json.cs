namespace Halyard;

public sealed partial class Context
{
    /// <summary>
    /// Reads a context from JSON: single, multi, or an old-style user without <c>kind</c>. Malformed JSON gives an
    /// invalid context whose error names the JSON path.
    /// </summary>
    public static Context FromJson(ReadOnlySpan<byte> utf8Json) => throw new NotImplementedException();

    /// <inheritdoc cref="FromJson(ReadOnlySpan{byte})"/>
    public static Context FromJson(string json) => throw new NotImplementedException();

    /// <summary>Writes the context as JSON; an invalid context throws.</summary>
    /// <exception cref="InvalidOperationException">The context is invalid.</exception>
    public string ToJson() => throw new NotImplementedException();
}
