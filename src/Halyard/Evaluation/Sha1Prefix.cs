using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Halyard.Evaluation;

/// <summary>
/// The first bits of a SHA-1 digest (FIPS 180-4), which bucketing is defined by; nothing here is a secret. For the
/// short messages of bucketing this is faster than a call into the operating system's library, and allocates nothing.
/// </summary>
internal static class Sha1Prefix
{
    private const int BlockLength = 64;
    private const int LengthLength = 8;

    /// <summary>The first 60 bits, which are the first 15 digits of the digest in hexadecimal.</summary>
    [SkipLocalsInit]
    public static ulong First60Bits(ReadOnlySpan<byte> message)
    {
        var state = new State { A = 0x67452301, B = 0xEFCDAB89, C = 0x98BADCFE, D = 0x10325476, E = 0xC3D2E1F0 };
        var rest = message;
        while (rest.Length >= BlockLength)
        {
            AddBlock(ref state, rest);
            rest = rest[BlockLength..];
        }

        // The message ends with a one bit, zeros, and its length in bits at the end of a block.
        Span<byte> padded = stackalloc byte[2 * BlockLength];
        padded.Clear();
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        var length = rest.Length + 1 + LengthLength <= BlockLength ? BlockLength : 2 * BlockLength;
        BinaryPrimitives.WriteUInt64BigEndian(padded[(length - LengthLength)..], (ulong)message.Length * 8);
        AddBlock(ref state, padded);
        if (length > BlockLength)
        {
            AddBlock(ref state, padded[BlockLength..]);
        }

        return ((ulong)state.A << 28) | (state.B >> 4);
    }

    [SkipLocalsInit]
    private static void AddBlock(ref State state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[80];
        for (var t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(t * 4)..]);
        }

        for (var t = 16; t < w.Length; t++)
        {
            w[t] = BitOperations.RotateLeft(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        }

        var (a, b, c, d, e) = (state.A, state.B, state.C, state.D, state.E);

        // Five rounds at a time, so that the five words change roles instead of places.
        for (var t = 0; t < 20; t += 5)
        {
            e += BitOperations.RotateLeft(a, 5) + (d ^ (b & (c ^ d))) + 0x5A827999 + w[t];
            b = BitOperations.RotateLeft(b, 30);
            d += BitOperations.RotateLeft(e, 5) + (c ^ (a & (b ^ c))) + 0x5A827999 + w[t + 1];
            a = BitOperations.RotateLeft(a, 30);
            c += BitOperations.RotateLeft(d, 5) + (b ^ (e & (a ^ b))) + 0x5A827999 + w[t + 2];
            e = BitOperations.RotateLeft(e, 30);
            b += BitOperations.RotateLeft(c, 5) + (a ^ (d & (e ^ a))) + 0x5A827999 + w[t + 3];
            d = BitOperations.RotateLeft(d, 30);
            a += BitOperations.RotateLeft(b, 5) + (e ^ (c & (d ^ e))) + 0x5A827999 + w[t + 4];
            c = BitOperations.RotateLeft(c, 30);
        }

        for (var t = 20; t < 40; t += 5)
        {
            e += BitOperations.RotateLeft(a, 5) + (b ^ c ^ d) + 0x6ED9EBA1 + w[t];
            b = BitOperations.RotateLeft(b, 30);
            d += BitOperations.RotateLeft(e, 5) + (a ^ b ^ c) + 0x6ED9EBA1 + w[t + 1];
            a = BitOperations.RotateLeft(a, 30);
            c += BitOperations.RotateLeft(d, 5) + (e ^ a ^ b) + 0x6ED9EBA1 + w[t + 2];
            e = BitOperations.RotateLeft(e, 30);
            b += BitOperations.RotateLeft(c, 5) + (d ^ e ^ a) + 0x6ED9EBA1 + w[t + 3];
            d = BitOperations.RotateLeft(d, 30);
            a += BitOperations.RotateLeft(b, 5) + (c ^ d ^ e) + 0x6ED9EBA1 + w[t + 4];
            c = BitOperations.RotateLeft(c, 30);
        }

        for (var t = 40; t < 60; t += 5)
        {
            e += BitOperations.RotateLeft(a, 5) + ((b & c) | (d & (b | c))) + 0x8F1BBCDC + w[t];
            b = BitOperations.RotateLeft(b, 30);
            d += BitOperations.RotateLeft(e, 5) + ((a & b) | (c & (a | b))) + 0x8F1BBCDC + w[t + 1];
            a = BitOperations.RotateLeft(a, 30);
            c += BitOperations.RotateLeft(d, 5) + ((e & a) | (b & (e | a))) + 0x8F1BBCDC + w[t + 2];
            e = BitOperations.RotateLeft(e, 30);
            b += BitOperations.RotateLeft(c, 5) + ((d & e) | (a & (d | e))) + 0x8F1BBCDC + w[t + 3];
            d = BitOperations.RotateLeft(d, 30);
            a += BitOperations.RotateLeft(b, 5) + ((c & d) | (e & (c | d))) + 0x8F1BBCDC + w[t + 4];
            c = BitOperations.RotateLeft(c, 30);
        }

        for (var t = 60; t < 80; t += 5)
        {
            e += BitOperations.RotateLeft(a, 5) + (b ^ c ^ d) + 0xCA62C1D6 + w[t];
            b = BitOperations.RotateLeft(b, 30);
            d += BitOperations.RotateLeft(e, 5) + (a ^ b ^ c) + 0xCA62C1D6 + w[t + 1];
            a = BitOperations.RotateLeft(a, 30);
            c += BitOperations.RotateLeft(d, 5) + (e ^ a ^ b) + 0xCA62C1D6 + w[t + 2];
            e = BitOperations.RotateLeft(e, 30);
            b += BitOperations.RotateLeft(c, 5) + (d ^ e ^ a) + 0xCA62C1D6 + w[t + 3];
            d = BitOperations.RotateLeft(d, 30);
            a += BitOperations.RotateLeft(b, 5) + (c ^ d ^ e) + 0xCA62C1D6 + w[t + 4];
            c = BitOperations.RotateLeft(c, 30);
        }

        state.A += a;
        state.B += b;
        state.C += c;
        state.D += d;
        state.E += e;
    }

    private struct State
    {
        public uint A;
        public uint B;
        public uint C;
        public uint D;
        public uint E;
    }
}
