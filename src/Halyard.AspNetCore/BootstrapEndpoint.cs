using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Halyard;

/// <summary>Answers with the flags that front ends may see, evaluated for the request's context. Thread-safe.</summary>
/// <remarks>
/// The entity tag is a hash of the answer, and weak, because a middleware may compress what it names. A state without data has none and is
/// not to be stored: the next request may find some.
/// </remarks>
internal sealed class BootstrapEndpoint(BootstrapOptions options)
{
    private const int TagBytes = 16;

    // Values may have as many levels as the data had; what is written is valid by construction.
    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true, MaxDepth = int.MaxValue };

    private readonly object? _client = options.Client;
    private readonly AllFlagsOptions _options = AllFlagsOptions.ClientSideOnly
        | (options.WithReasons ? AllFlagsOptions.WithReasons : AllFlagsOptions.None)
        | (options.DetailsOnlyForTrackedFlags ? AllFlagsOptions.DetailsOnlyForTrackedFlags : AllFlagsOptions.None);

    public async Task AnswerAsync(HttpContext http)
    {
        var state = await RequestFlags.Of(http, _client).BootstrapAsync(_options).ConfigureAwait(false);
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, Writing))
        {
            state.WriteTo(writer);
        }

        var response = http.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        if (state.IsValid)
        {
            var tag = TagOf(body.WrittenSpan);
            response.Headers.CacheControl = "private, no-cache";
            response.Headers.ETag = tag.ToString();
            if (IsKnown(http.Request, tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        else
        {
            response.Headers.CacheControl = "no-store";
        }

        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static EntityTagHeaderValue TagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return new($"\"{Base64Url.EncodeToString(hash[..TagBytes])}\"", isWeak: true);
    }

    private static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && known.Any(candidate => candidate.Equals(EntityTagHeaderValue.Any) || tag.Compare(candidate, useStrongComparison: false));
}
