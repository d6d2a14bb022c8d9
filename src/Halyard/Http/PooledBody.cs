using System.Buffers;

namespace Halyard.Http;

/// <summary>A body in pooled memory; disposal gives the memory back.</summary>
internal readonly struct PooledBody(byte[] buffer, int length) : IDisposable
{
    /// <summary>The content, without a byte order mark.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            var all = buffer.AsSpan(0, length);
            return all.StartsWith("\uFEFF"u8) ? all[3..] : all;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
