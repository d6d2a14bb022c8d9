using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Halyard;

/// <summary>How stores of big segments name contexts and segments; the same in every LaunchDarkly-compatible SDK.</summary>
public static class BigSegmentKeys
{
    /// <summary>The name of a context: the Base64 text of the SHA-256 of its key in UTF-8, so that a store holds no keys.</summary>
    public static string Hash(string contextKey)
    {
        ArgumentNullException.ThrowIfNull(contextKey);
        var size = Encoding.UTF8.GetMaxByteCount(contextKey.Length);
        var rented = size <= 512 ? null : ArrayPool<byte>.Shared.Rent(size);
        Span<byte> utf8 = rented is null ? stackalloc byte[512] : rented;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(contextKey, utf8)], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return Convert.ToBase64String(hash);
    }

    /// <summary>The name of a segment: its key and generation, as <c>key.gN</c>.</summary>
    public static string Reference(string segmentKey, long generation)
    {
        ArgumentException.ThrowIfNullOrEmpty(segmentKey);
        return string.Create(CultureInfo.InvariantCulture, $"{segmentKey}.g{generation}");
    }
}
