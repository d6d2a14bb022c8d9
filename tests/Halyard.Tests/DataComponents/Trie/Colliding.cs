using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>
/// Keys whose hashes are equal, wholly or in their lowest bits: the steps of <see cref="KeyHash"/> for a key of eight
/// characters, taken backwards. It takes the secrets to do so.
/// </summary>
internal static class Colliding
{
    private const ulong Mix = 0x9E37_79B9_7F4A_7C15;
    private static readonly ulong Unmix = Inverse(Mix);

    public static string Key(uint hash, uint variant)
    {
        var state = (((ulong)hash << 32) | variant) * Unmix;
        state ^= state >> 32;
        Span<char> key = stackalloc char[8];
        var words = MemoryMarshal.Cast<char, ulong>(key);

        // A product with one is the other factor.
        words[0] = KeyHash.Secret0 ^ 1;
        words[1] = state ^ KeyHash.Secret1 ^ 16;
        var text = new string(key);
        Assert.Equal(hash, KeyHash.Of(text));
        return text;
    }

    private static ulong Inverse(ulong odd)
    {
        var inverse = odd;
        for (var i = 0; i < 6; i++)
        {
            inverse *= 2 - (odd * inverse);
        }

        return inverse;
    }
}
