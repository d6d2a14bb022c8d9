namespace Halyard.Http;

/// <summary>An entity tag and the one address it belongs to.</summary>
internal sealed record EntityTag(Uri Address, string Value)
{
    // No service needs more, and many drop a request with a long header without a word.
    private const int LongestValue = 1024;

    /// <summary>The tag of an answer; null when it has none, or one that cannot be sent back as it came.</summary>
    public static EntityTag? Of(HttpResponseMessage response) =>
        response.Headers.TryGetValues("ETag", out var values) && values.FirstOrDefault() is { Length: > 0 and <= LongestValue } value && IsSendable(value)
            ? new(response.RequestMessage!.RequestUri!, value)
            : null;

    // Other characters arrive as what they are not, and a request that carries them is never sent.
    private static bool IsSendable(string value)
    {
        foreach (var c in value)
        {
            if (c is < ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }
}
