using System.Numerics;
using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>
/// Keys whose hashes are equal, wholly or in their lowest bits: the steps of <see cref="KeyHash"/> for a key of four
/// characters, taken backwards.
/// </summary>
internal static class Colliding
{
    private const ulong Mix = 0x9E37_79B9_7F4A_7C15;
    private static readonly ulong Unmix = Inverse(Mix);

    public static string Key(uint hash, uint variant)
    {
        var state = (((ulong)hash << 32) | variant) * Unmix;
        state = state ^ (state >> 29) ^ (state >> 58);
        state = BitOperations.RotateRight(state * Unmix, 23);
        var word = (state * Unmix) ^ BitOperations.RotateLeft(unchecked(4 * Mix), 23);
        Span<char> key = stackalloc char[4];
        MemoryMarshal.Cast<char, ulong>(key)[0] = word;
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
