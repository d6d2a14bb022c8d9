using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Unicode;
using Halyard.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Halyard.Cli;

/// <summary>Short JSON answers.</summary>
internal static class HttpAnswers
{
    private const string Json = "application/json; charset=utf-8";

    public static async Task WriteJsonAsync(this HttpResponse response, ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK)
    {
        response.StatusCode = status;
        response.ContentType = Json;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json, response.HttpContext.RequestAborted);
    }

    public static Task WriteJsonAsync(this HttpResponse response, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain))
        {
            write(writer);
        }

        return response.WriteJsonAsync(buffer.WrittenMemory, status);
    }

    /// <summary>Names the content, and answers at once when the client says that it has it.</summary>
    /// <returns>Whether that is the whole answer.</returns>
    public static bool AnswerNotModified(this HttpContext http, string entityTag)
    {
        http.Response.Headers.ETag = entityTag;
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var held = http.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag == entityTag || tag == EntityTagHeaderValue.Any);
        if (held)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
        }

        return held;
    }

    public static ReadOnlyMemory<byte> Gzip(ReadOnlyMemory<byte> content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content.Span);
        }

        return compressed.ToArray();
    }

    /// <summary>Answers with JSON, compressed for those who can read it.</summary>
    public static Task AnswerCompressibleAsync(
        this HttpContext http, ReadOnlyMemory<byte> json, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> compress)
    {
        if (!http.Request.GetTypedHeaders().AcceptEncoding.Any(static coding => coding.Value == "gzip" && coding.Quality is not 0))
        {
            return http.Response.WriteJsonAsync(json);
        }

        http.Response.Headers.ContentEncoding = "gzip";
        return http.Response.WriteJsonAsync(compress(json));
    }

    /// <summary>Answers <c>{"error":...}</c>, with the JSON path of the fault if there is one.</summary>
    public static Task WriteErrorAsync(this HttpResponse response, int status, string message, string? path = null) =>
        response.WriteJsonAsync(
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("error"u8, message);
                if (path is not null)
                {
                    writer.WriteString("path"u8, path);
                }

                writer.WriteEndObject();
            },
            status);

    /// <summary>Answers with an item, or with what is left of a deleted one.</summary>
    public static Task WriteItemAsync(this HttpResponse response, RepositoryItem item) => item.Json is { } json
        ? response.WriteJsonAsync(json)
        : response.WriteJsonAsync(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("key"u8, item.Key);
            writer.WriteNumber("version"u8, item.Version);
            writer.WriteBoolean("deleted"u8, true);
            writer.WriteEndObject();
        });

    /// <summary>The key in the address; null when it is none, which is then answered.</summary>
    public static async Task<string?> KeyOr400Async(this HttpContext http, DataKind kind)
    {
        var key = http.Request.KeyFromRoute();
        var problem = key.Length == 0 ? $"The address ends in the {kind.Noun()}'s key."
            : !HasValidAddress(http) ? "The key in the address is no valid UTF-8."
            : key.Any(char.IsControl) ? "A key has no control characters."
            : null;
        if (problem is null)
        {
            return key;
        }

        await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, problem);
        return null;
    }

    // The server leaves escapes as they are that are no text; a key would then be another than was meant.
    private static bool HasValidAddress(HttpContext http)
    {
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var bytes = new List<byte>(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var isEscape = raw[i] == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit(raw[i + 1]) && char.IsAsciiHexDigit(raw[i + 2]);
            bytes.Add(isEscape ? Convert.FromHexString(raw.AsSpan(i + 1, 2))[0] : (byte)raw[i]);
            i += isEscape ? 2 : 0;
        }

        return Utf8.IsValid(bytes.ToArray());
    }

    /// <summary>Reads a request's body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="largest">How many bytes it may have.</param>
    /// <returns>The body; null when it is larger, which is then answered.</returns>
    public static async Task<byte[]?> ReadBodyAsync(this HttpContext http, int largest)
    {
        using var body = new MemoryStream();
        var piece = new byte[8192];
        try
        {
            while (await http.Request.Body.ReadAsync(piece, http.RequestAborted) is var read and > 0)
            {
                if (body.Length + read > largest)
                {
                    await http.Response.WriteErrorAsync(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {largest} bytes.");
                    return null;
                }

                body.Write(piece, 0, read);
            }
        }
        catch (BadHttpRequestException exception)
        {
            await http.Response.WriteErrorAsync(exception.StatusCode, exception.Message);
            return null;
        }

        return body.ToArray();
    }

    /// <summary>The rest of the address; slashes in it may be escaped or not.</summary>
    public static string KeyFromRoute(this HttpRequest request) =>
        // The server decodes all escapes but this one.
        ((string?)request.RouteValues["key"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
