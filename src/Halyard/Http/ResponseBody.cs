using System.Buffers;
using System.IO.Compression;

namespace Halyard.Http;

/// <summary>Reads polled bodies: undoes their compression, guards their pauses and their progress, and collects them.</summary>
internal static class ResponseBody
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>
    /// Opens a body. A pause longer than the limit, or too little over the rate's window, ends the reads with a
    /// <see cref="TimeoutException"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">The body has an encoding that the request did not ask for.</exception>
    public static async ValueTask<Stream> OpenAsync(
        HttpResponseMessage response, TimeSpan longestPause, MinimumRate rate, TimeProvider time, CancellationToken cancellationToken, ByteCount? received = null)
    {
        var encoding = Encoding(response);
        var raw = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        // What counts is what the wire brings, not what that unpacks to.
        Stream body = new WatchedStream(raw, longestPause, rate, countsAll: true, time, cancellationToken, received);
        try
        {
            return encoding is null ? body : await DecodeAsync(encoding, body, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await body.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The one encoding that a body has; null for none.</summary>
    /// <exception cref="InvalidDataException">The request did not ask for it, or there are several.</exception>
    public static string? Encoding(HttpResponseMessage response)
    {
        string? found = null;
        foreach (var encoding in response.Content.Headers.ContentEncoding)
        {
            if (encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var name = encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase) ? "gzip" : encoding;
            if (found is not null || !IsAskedFor(response.RequestMessage, name))
            {
                throw new InvalidDataException(
                    $"the answer has the content encoding '{string.Join(", ", response.Content.Headers.ContentEncoding)}', which was not asked for");
            }

            found = name;
        }

        return found;
    }

    /// <summary>Reads a whole body. Memory is taken for the bytes that arrive, whatever a header claims.</summary>
    /// <exception cref="InvalidDataException">The body is longer than allowed, or not in its encoding.</exception>
    public static async ValueTask<CollectedBody> ReadAllAsync(Stream body, long mostBytes, CancellationToken cancellationToken)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        var collected = new NativeBuffer();
        try
        {
            int read;
            while ((read = await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (collected.Length + (long)read > mostBytes)
                {
                    throw new InvalidDataException($"the body is longer than the limit of {mostBytes} bytes");
                }

                collected.Append(chunk.AsSpan(0, read));
            }

            return new(collected);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            // What Brotli's decoder throws for what it cannot decode.
            collected.Dispose();
            throw new InvalidDataException($"the body is not in its encoding: {e.Message}", e);
        }
        catch
        {
            collected.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // What the request itself says, because the user may have replaced the header, and a redirect may have dropped it.
    private static bool IsAskedFor(HttpRequestMessage? request, string encoding)
    {
        if (request is null)
        {
            return false;
        }

        foreach (var accepted in request.Headers.AcceptEncoding)
        {
            if (accepted.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase))
            {
                return accepted.Quality is not 0;
            }
        }

        return false;
    }

    private static async ValueTask<Stream> DecodeAsync(string encoding, Stream body, CancellationToken cancellationToken) => encoding.ToUpperInvariant() switch
    {
        "GZIP" => new GZipStream(body, CompressionMode.Decompress),
        "DEFLATE" => await InflateAsync(body, cancellationToken).ConfigureAwait(false),
        "BR" => new BrotliStream(body, CompressionMode.Decompress),
        _ => throw new InvalidDataException($"the body has an unknown encoding, '{encoding}'"),
    };

    // The standard means the format of zlib; some servers send the bare stream that this wraps.
    private static async ValueTask<Stream> InflateAsync(Stream body, CancellationToken cancellationToken)
    {
        var head = new byte[2];
        var length = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var all = new PrefixedStream(head.AsMemory(0, length), body);
        var isWrapped = length < head.Length || ((head[0] & 0x0F) == 8 && ((head[0] << 8) | head[1]) % 31 == 0);
        return isWrapped ? new ZLibStream(all, CompressionMode.Decompress) : new DeflateStream(all, CompressionMode.Decompress);
    }
}
