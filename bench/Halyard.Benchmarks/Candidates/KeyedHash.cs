using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Halyard.Benchmarks.Candidates;

/// <summary>
/// A hash under a secret of the process, sixteen bytes a step: the folded product of two 64-bit words. Nobody without
/// the secret can choose keys that collide.
/// </summary>
internal static class KeyedHash
{
    private static readonly ulong Secret0 = Random();
    private static readonly ulong Secret1 = Random();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(string key)
    {
        ref var start = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(key.AsSpan()));
        var bytes = (nint)(uint)key.Length * 2;
        var hash = Secret1 ^ (ulong)bytes;
        ulong a;
        ulong b;
        if (bytes >= 16)
        {
            nint at = 0;
            for (; at < bytes - 16; at += 16)
            {
                hash = Fold(Word(ref start, at) ^ Secret0, Word(ref start, at + 8) ^ hash);
            }

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
        return (uint)Fold(hash ^ Secret0, Secret1);
    }

    private static ulong Word(ref byte start, nint at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at));

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Random()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}
