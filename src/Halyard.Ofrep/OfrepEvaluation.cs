using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Halyard.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Halyard;

/// <summary>Answers the two requests of the protocol.</summary>
internal sealed class OfrepEvaluation(OfrepOptions options)
{
    private const string Json = "application/json; charset=utf-8";
    private const AllFlagsOptions Restrictions = AllFlagsOptions.ClientSideOnly | AllFlagsOptions.MobileOnly;

    private readonly Func<HttpContext, IHalyardClient> _client = options.Client ?? (static http => http.RequestServices.GetRequiredService<IHalyardClient>());
    private readonly Func<HttpContext, AllFlagsOptions> _visible = options.Visible ?? (static _ => AllFlagsOptions.None);
    private readonly int _maxBodyBytes = options.MaxBodyBytes;

    /// <summary>Evaluates the flag that the address names.</summary>
    public async Task EvaluateAsync(HttpContext http)
    {
        // A key may have slashes, escaped or not; the server decodes all escapes but theirs.
        var key = ((string?)http.Request.RouteValues["key"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        try
        {
            var context = OfrepContext.Read(await ReadBodyAsync(http).ConfigureAwait(false));
            var client = _client(http);
            var restriction = _visible(http) & Restrictions;
            if (restriction != AllFlagsOptions.None && !IsVisible(await client.Store.GetFlagAsync(key, http.RequestAborted).ConfigureAwait(false), restriction))
            {
                if (!client.Initialized)
                {
                    throw new OfrepException(OfrepError.NotReady, "There is no flag data yet.");
                }

                throw new OfrepException(OfrepError.NoFlag, $"There is no flag \"{key}\".");
            }

            var detail = await client.JsonVariationDetailAsync(key, context, Value.Null, http.RequestAborted).ConfigureAwait(false);
            if (detail.Reason.Kind == EvaluationReasonKind.Error)
            {
                throw new OfrepException(OfrepError.Of(detail.Reason.ErrorKind), Describe(key, detail.Reason));
            }

            await AnswerAsync(http, StatusCodes.Status200OK, Write(writer => new OfrepFlag(client, key, detail.Value, detail.VariationIndex, detail.Reason).Write(writer))).ConfigureAwait(false);
        }
        catch (OfrepException exception)
        {
            await FailAsync(http, key, exception).ConfigureAwait(false);
        }
    }

    /// <summary>Evaluates all flags.</summary>
    public async Task EvaluateAllAsync(HttpContext http)
    {
        try
        {
            var context = OfrepContext.Read(await ReadBodyAsync(http).ConfigureAwait(false));
            var client = _client(http);
            var state = await client.AllFlagsStateAsync(context, AllFlagsOptions.WithReasons | (_visible(http) & Restrictions), http.RequestAborted).ConfigureAwait(false);
            if (!state.IsValid)
            {
                throw new OfrepException(OfrepError.NotReady, "There is no flag data yet.");
            }

            var body = Write(writer => WriteAll(writer, client, state));

            // Of the answer itself: it changes with the flags, and with any part of the context that matters.
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body.Span).AsSpan(0, 16))}\"";
            http.Response.Headers.ETag = tag;
            http.Response.Headers.CacheControl = "no-cache";
            if (http.Request.GetTypedHeaders().IfNoneMatch.Any(held => held.Tag == tag || held == EntityTagHeaderValue.Any))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            await AnswerAsync(http, StatusCodes.Status200OK, body).ConfigureAwait(false);
        }
        catch (OfrepException exception)
        {
            await FailAsync(http, key: null, exception).ConfigureAwait(false);
        }
    }

    // As all flags at once are chosen: data older than the setting says something of browsers alone.
    private static bool IsVisible(ItemDescriptor<Flag>? item, AllFlagsOptions restriction) =>
        item?.Item is { } flag
        && ((restriction & AllFlagsOptions.ClientSideOnly) == 0 || (flag.ClientSideAvailability?.UsingEnvironmentId ?? flag.ClientSide))
        && ((restriction & AllFlagsOptions.MobileOnly) == 0 || (flag.ClientSideAvailability?.UsingMobileKey ?? true));

    private static void WriteAll(Utf8JsonWriter writer, IHalyardClient client, AllFlagsState state)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("flags"u8);
        foreach (var (key, value) in state.Values.OrderBy(static flag => flag.Key, StringComparer.Ordinal))
        {
            var reason = state.GetReason(key) ?? default;
            if (reason.Kind == EvaluationReasonKind.Error)
            {
                WriteError(writer, key, OfrepError.Of(reason.ErrorKind), Describe(key, reason));
            }
            else
            {
                new OfrepFlag(client, key, value, state.GetVariation(key), reason).Write(writer);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        while (true)
        {
            var room = body.GetMemory();
            int read;
            try
            {
                read = await http.Request.Body.ReadAsync(room, http.RequestAborted).ConfigureAwait(false);
            }
            catch (BadHttpRequestException exception)
            {
                throw new OfrepException(
                    exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? OfrepError.TooLarge : OfrepError.Parse, exception.Message);
            }

            if (read == 0)
            {
                return body.WrittenMemory;
            }

            body.Advance(read);
            if (body.WrittenCount > _maxBodyBytes)
            {
                throw new OfrepException(OfrepError.TooLarge, $"The body is larger than {_maxBodyBytes} bytes.");
            }
        }
    }

    private static string Describe(string key, in EvaluationReason reason) => reason.ErrorKind switch
    {
        EvaluationErrorKind.FlagNotFound => $"There is no flag \"{key}\".",
        EvaluationErrorKind.ClientNotReady => "There is no flag data yet.",
        EvaluationErrorKind.MalformedFlag => $"The flag \"{key}\" cannot be understood.",
        _ => $"The flag \"{key}\" could not be evaluated: {reason}.",
    };

    private static Task FailAsync(HttpContext http, string? key, OfrepException exception) =>
        AnswerAsync(http, exception.Error.Status, Write(writer => WriteError(writer, key, exception.Error, exception.Message)));

    private static void WriteError(Utf8JsonWriter writer, string? key, OfrepError error, string details)
    {
        writer.WriteStartObject();
        if (key is not null)
        {
            writer.WriteString("key"u8, key);
        }

        writer.WriteString("errorCode"u8, error.Code);
        writer.WriteString("errorDetails"u8, details);
        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new() { MaxDepth = int.MaxValue }))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    private static async Task AnswerAsync(HttpContext http, int status, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = Json;
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }
}
