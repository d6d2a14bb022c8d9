using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Halyard.Model;

/// <summary>
/// A 32-bit hash of a key, four characters a step. Not randomised: the tables that use it hold keys from the flag
/// service alone, never from end users, so nobody can choose them to collide.
/// </summary>
internal static class KeyHash
{
    private const ulong Mix = 0x9E37_79B9_7F4A_7C15;

    public static uint Of(ReadOnlySpan<char> key)
    {
        var hash = (ulong)key.Length * Mix;
        ref var start = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(key));
        var bytes = (nint)key.Length * 2;
        nint at = 0;
        for (; at + 8 <= bytes; at += 8)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at))) * Mix;
        }

        ulong tail = 0;
        for (; at < bytes; at += 2)
        {
            tail = (tail << 16) | Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, at));
        }

        hash = (BitOperations.RotateLeft(hash, 23) ^ tail) * Mix;
        hash ^= hash >> 29;
        hash *= Mix;
        return (uint)(hash >> 32);
    }
}
