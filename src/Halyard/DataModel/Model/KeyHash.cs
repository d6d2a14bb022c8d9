using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Halyard.Model;

/// <summary>
/// A 32-bit hash of a key under a secret of the process, sixteen bytes a step: the two halves of a 128-bit product,
/// folded into one word. Nobody who does not know the secret can choose keys that collide. It differs from process to
/// process and must not be stored.
/// </summary>
internal static class KeyHash
{
    private const ulong Mix = 0x9E37_79B9_7F4A_7C15;

    internal static readonly ulong Secret0 = RandomWord();
    internal static readonly ulong Secret1 = RandomWord();

    public static uint Of(ReadOnlySpan<char> key)
    {
        ref var start = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(key));
        var bytes = (nint)(uint)key.Length * 2;
        var hash = Secret1 ^ (ulong)bytes;
        ulong a;
        ulong b;
        if (bytes >= 16)
        {
            for (nint at = 0; at < bytes - 16; at += 16)
            {
                hash = Fold(Word(ref start, at) ^ Secret0, Word(ref start, at + 8) ^ hash);
            }

            // The last words may overlap those before: there is no rest to be read one by one.
            a = Word(ref start, bytes - 16);
            b = Word(ref start, bytes - 8);
        }
        else if (bytes >= 8)
        {
            a = Word(ref start, 0);
            b = Word(ref start, bytes - 8);
        }
        else if (bytes >= 4)
        {
            a = Unsafe.ReadUnaligned<uint>(ref start);
            b = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, bytes - 4));
        }
        else
        {
            a = bytes == 0 ? 0u : Unsafe.ReadUnaligned<ushort>(ref start);
            b = 0;
        }

        hash = Fold(a ^ Secret0, b ^ hash);
        hash ^= hash >> 32;
        return (uint)((hash * Mix) >> 32);
    }

    private static ulong Word(ref byte start, nint at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at));

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong RandomWord()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes);
    }
}
