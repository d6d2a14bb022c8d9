using System.Buffers;
using System.IO.Compression;

namespace Halyard.Http;

/// <summary>Reads bodies: undoes their compression, guards their pauses, and pools their memory.</summary>
internal static class ResponseBody
{
    private const int FirstSize = 64 * 1024;

    /// <summary>Opens a body. A pause longer than the limit ends the reads with a <see cref="TimeoutException"/>.</summary>
    /// <exception cref="InvalidDataException">The compression is unknown.</exception>
    public static async ValueTask<Stream> OpenAsync(
        HttpResponseMessage response, TimeSpan longestPause, TimeProvider time, CancellationToken cancellationToken)
    {
        var raw = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        Stream body = new WatchedStream(raw, longestPause, time, cancellationToken);
        try
        {
            // Encodings stand in the order in which they were applied.
            foreach (var encoding in response.Content.Headers.ContentEncoding.Reverse())
            {
                body = Decode(encoding, body);
            }
        }
        catch
        {
            await body.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return body;
    }

    /// <summary>Reads a whole body into pooled memory, which is the caller's to return.</summary>
    /// <exception cref="InvalidDataException">The body is longer than allowed.</exception>
    public static async ValueTask<PooledBody> ReadAllAsync(Stream body, long? expectedLength, long mostBytes, CancellationToken cancellationToken)
    {
        // One byte more than expected, so that the end is found without growing.
        var first = expectedLength is > 0 ? Math.Min(expectedLength.Value, mostBytes) + 1 : FirstSize;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(first, Array.MaxLength));
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer);
                }

                var read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    var result = new PooledBody(buffer, length);
                    buffer = null;
                    return result;
                }

                length += read;
                if (length > mostBytes)
                {
                    throw new InvalidDataException($"the body is longer than the limit of {mostBytes} bytes");
                }
            }
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(buffer.Length * 2L, Array.MaxLength));
        buffer.AsSpan().CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static Stream Decode(string encoding, Stream body) => encoding.ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(body, CompressionMode.Decompress),
        "DEFLATE" => new ZLibStream(body, CompressionMode.Decompress),
        "BR" => new BrotliStream(body, CompressionMode.Decompress),
        "IDENTITY" => body,
        _ => throw new InvalidDataException($"the body has an unknown encoding, '{encoding}'"),
    };
}
