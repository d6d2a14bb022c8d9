using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Halyard.Cli;

/// <summary>Routes that web pages of any site may ask for: browsers are told so, and their questions beforehand are answered.</summary>
internal static class PageRoutes
{
    private const int LongestNames = 4096;

    // What SDKs send and read. A browser refuses a request with any header that is not named: so one that asks is told the names
    // that it asks for, which newer SDKs may add to.
    private const string Methods = "GET, REPORT, POST, OPTIONS";
    private const string SentHeaders =
        "Cache-Control, Content-Type, Content-Length, Accept, Accept-Encoding, Authorization, X-API-Key, If-None-Match, "
        + "X-LaunchDarkly-User-Agent, X-LaunchDarkly-Payload-ID, X-LaunchDarkly-Wrapper, X-LaunchDarkly-Event-Schema, X-LaunchDarkly-Tags";
    private const string ReadHeaders = "Date, ETag, Retry-After, X-LD-EnvID";
    private const string MaxAgeSeconds = "300";

    /// <summary>Maps a route, and a browser's question whether a page may ask for it.</summary>
    public static IEndpointConventionBuilder MapForPages(this IEndpointRouteBuilder routes, string method, string pattern, RequestDelegate answer)
    {
        routes.MapPreflight(pattern);
        return routes.MapMethods(pattern, [method], answer);
    }

    /// <summary>Maps a browser's question whether a page may ask for a route.</summary>
    public static void MapPreflight(this IEndpointRouteBuilder routes, string pattern) =>
        routes.MapMethods(pattern, [HttpMethods.Options], AnswerPreflight).WithMetadata(PreflightRoute.Marker);

    /// <summary>Tells browsers that pages of any site may read the answer, errors included; no cookie counts there.</summary>
    public static Task AllowPagesAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RouteMark>() is { IsForPages: true })
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            http.Response.Headers.AccessControlExposeHeaders = ReadHeaders;
        }

        return next(http);
    }

    /// <summary>Whether a web page sent a request, of whatever site: a browser says so, and no page can keep it from that.</summary>
    public static bool IsFromPage(HttpRequest request) =>
        request.Headers.Origin.Count != 0 || request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none");

    private static string Named(string asked) =>
        asked.Length is > 0 and <= LongestNames && asked.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ',' or ' ') ? asked : SentHeaders;

    private static Task AnswerPreflight(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowMethods = Methods;
        http.Response.Headers.AccessControlAllowHeaders = Named(http.Request.Headers.AccessControlRequestHeaders.ToString());
        http.Response.Headers.Vary = HeaderNames.AccessControlRequestHeaders;
        http.Response.Headers.AccessControlMaxAge = MaxAgeSeconds;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
