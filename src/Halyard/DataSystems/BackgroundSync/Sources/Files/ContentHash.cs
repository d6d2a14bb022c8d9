using System.Security.Cryptography;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>Tells contents apart; equal hashes stand for equal contents.</summary>
internal static class ContentHash
{
    public static UInt128 Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
