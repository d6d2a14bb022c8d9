using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Answers that are evaluated for a context: what client-side SDKs get in place of flags and segments.</summary>
internal static class EvaluationAnswers
{
    /// <summary>A method like <c>GET</c> with a body, so that contexts stay out of logs of addresses.</summary>
    public const string Report = "REPORT";

    private const int LargestContext = 1024 * 1024;

    /// <summary>How addresses name contexts: now, and when there were users alone.</summary>
    public static readonly (string Collection, string Single)[] Collections = [("contexts", "context"), ("users", "user")];

    /// <summary>Answers with the flags of the request's context.</summary>
    /// <param name="http">The request.</param>
    /// <param name="visible">Which flags this kind of client may see.</param>
    public static async Task AnswerAsync(HttpContext http, AllFlagsOptions visible)
    {
        if (await ReadContextAsync(http) is not { } context)
        {
            return;
        }

        var options = IsTrue(http.Request.Query["withReasons"]) ? visible | AllFlagsOptions.WithReasons : visible;
        var state = http.Served().Client.AllFlagsState(context, options);
        if (!state.IsValid)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status503ServiceUnavailable, "There is no flag data yet.");
            return;
        }

        http.Response.Headers.CacheControl = "no-cache";
        await http.Response.WriteJsonAsync(state.WriteEvaluationsTo);
    }

    /// <summary>Tells of each change by a ping, upon which the client asks for its flags.</summary>
    public static async Task StreamAsync(HttpContext http)
    {
        if (await ReadContextAsync(http) is not null)
        {
            await http.Served().PingStreams.ServeAsync(http);
        }
    }

    /// <summary>The context in the address or the body; null when there is no valid one, which is then answered.</summary>
    private static async Task<Context?> ReadContextAsync(HttpContext http)
    {
        byte[]? json;
        if (http.Request.Method == Report)
        {
            // A page of another site cannot send this type without being asked first.
            if (http.Request.ContentType?.Split(';')[0].Trim() is not { } type || !type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            {
                await http.Response.WriteErrorAsync(StatusCodes.Status415UnsupportedMediaType, "The context is sent as application/json.");
                return null;
            }

            json = await http.ReadBodyAsync(LargestContext);
            if (json is null)
            {
                return null;
            }
        }
        else if (!EncodedContext.TryDecode((string?)http.Request.RouteValues["context"] ?? "", out json))
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, "The address ends in the context's JSON in base64.");
            return null;
        }

        var context = Context.FromJson(json);
        if (!context.IsValid)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, $"The context is invalid: {context.Error}");
            return null;
        }

        if (http.Served() is { Options: { SecureMode: true } } environment && http.GetEndpoint()?.Metadata.GetMetadata<RouteMark>()?.Kind == RouteKind.Browser
            && !IsHash(http.Request.Query["h"].ToString(), environment.Client.SecureModeHash(context)))
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, "Secure mode: h is not the hash of this context under the environment's SDK key.");
            return null;
        }

        return context;
    }

    private static bool IsTrue(string? text) => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);

    private static bool IsHash(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
