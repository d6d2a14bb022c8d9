using System.Text;
using Halyard.DataModel.Json.Reading;

namespace Halyard;

public sealed partial class Context
{
    /// <summary>
    /// Reads a context from JSON: single, multi, or an old-style user without <c>kind</c>. Malformed JSON gives an
    /// invalid context whose error names the JSON path.
    /// </summary>
    /// <remarks>
    /// Null attributes read as absent, and of a repeated property the last wins. An old-style user may have an empty
    /// key, brings its attributes under <c>custom</c>, and names private ones literally under
    /// <c>privateAttributeNames</c>; other properties that such a user never had are ignored.
    /// </remarks>
    public static Context FromJson(ReadOnlySpan<byte> utf8Json) => ContextJson.Read(utf8Json);

    /// <inheritdoc cref="FromJson(ReadOnlySpan{byte})"/>
    public static Context FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return ContextJson.Read(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>
    /// Writes the context as JSON; an invalid context throws. Old-style users are written as contexts of kind
    /// <c>user</c>, even with an empty key, as other SDKs do; such a text cannot be read again.
    /// </summary>
    /// <exception cref="InvalidOperationException">The context is invalid.</exception>
    public string ToJson() => IsValid
        ? ContextJson.Write(this)
        : throw new InvalidOperationException($"An invalid context has no JSON form. {Error}");
}
