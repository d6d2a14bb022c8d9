using System.Net;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Lets a request through to an environment, or answers it with an error.</summary>
/// <param name="environments">What is served.</param>
/// <param name="loopbackOnly">Whether the server listens to this machine alone.</param>
/// <param name="host">The host name the server was started with.</param>
/// <param name="keyring">Who may use the API.</param>
internal sealed class AccessGate(EnvironmentDirectory environments, bool loopbackOnly, string host, ApiKeyring keyring)
{
    // Some mobile SDKs say so before their key.
    private const string KeyScheme = "api_key ";
    private const string BearerScheme = "Bearer ";

    public Task PassAsync(HttpContext http, RequestDelegate next)
    {
        if (loopbackOnly && !IsLocalName(http.Request.Host.Host))
        {
            // A web page can give its own host name this address; it must not get at the data that way.
            return http.Response.WriteErrorAsync(
                StatusCodes.Status403Forbidden, $"This server answers to local names only, not to \"{http.Request.Host.Host}\".");
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<PreflightRoute>() is not null)
        {
            return next(http);
        }

        var mark = http.GetEndpoint()?.Metadata.GetMetadata<RouteMark>();
        return (mark?.Kind ?? RouteKind.Open) switch
        {
            RouteKind.Open => next(http),
            RouteKind.Api => PassApiAsync(http, next),
            RouteKind.Session => IsFromForeignPage(http.Request) ? RejectPageAsync(http) : next(http),
            RouteKind.Browser => PassAsync(http, next, environments.OfClientSideId((string?)http.Request.RouteValues["env"] ?? ""), RejectIdAsync),
            RouteKind.Mobile => PassAsync(http, next, environments.OfMobileKey(Key(http.Request)), RejectKeyAsync),
            RouteKind.Ofrep => PassAsync(http, next, environments.OfAny(OpenFeatureKey(http.Request)), RejectKeyAsync),
            _ => PassAsync(http, next, environments.OfSdkKey(http.Request.Headers.Authorization.ToString()), RejectKeyAsync),
        };
    }

    /// <summary>The credential that an OpenFeature client sends; empty for none.</summary>
    public static string OpenFeatureKey(HttpRequest request) =>
        request.Headers["X-API-Key"].ToString() is { Length: > 0 } key ? key : Without(BearerScheme, request.Headers.Authorization.ToString());

    private static Task PassAsync(HttpContext http, RequestDelegate next, ServedEnvironment? environment, Func<HttpContext, Task> reject)
    {
        if (environment is null)
        {
            return reject(http);
        }

        if (environment.Options.EnvironmentId is { } id)
        {
            http.Response.Headers["X-LD-EnvID"] = id;
        }

        if (!environment.Repository.IsComplete && HasData(http))
        {
            return http.Response.WriteErrorAsync(StatusCodes.Status503ServiceUnavailable, $"{environment.Feed?.Name} has given no data yet.");
        }

        http.SetServed(environment);
        return next(http);
    }

    // Events are taken also while there is no data.
    private static bool HasData(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<EventSink>() is null;

    private Task PassApiAsync(HttpContext http, RequestDelegate next)
    {
        if (IsFromForeignPage(http.Request))
        {
            return RejectPageAsync(http);
        }

        // What is served may be looked at on this machine; to change or read the data needs the key.
        if (!keyring.Opens(http.Request) && !(loopbackOnly && http.Request.Path.Equals(StatusEndpoint.Path, StringComparison.OrdinalIgnoreCase)))
        {
            return http.Response.WriteErrorAsync(
                StatusCodes.Status401Unauthorized, "The API's key is missing or wrong: send it as Authorization: Bearer KEY.");
        }

        var name = http.Request.Query["env"].ToString();
        if ((name.Length == 0 ? environments.Default : environments.Named(name)) is not { } environment)
        {
            return http.Response.WriteErrorAsync(
                StatusCodes.Status404NotFound, $"There is no environment \"{name}\"; there are {string.Join(", ", environments.All.Select(static one => one.Name))}.");
        }

        http.SetServed(environment);
        return next(http);
    }

    private static Task RejectPageAsync(HttpContext http) =>
        http.Response.WriteErrorAsync(StatusCodes.Status403Forbidden, "Pages of other sites may not use this server's API.");

    private static Task RejectKeyAsync(HttpContext http) => http.Response.WriteErrorAsync(
        StatusCodes.Status401Unauthorized,
        http.Request.Headers.Authorization.Count == 0 ? "The Authorization header with the SDK key is missing." : "The SDK key is wrong.");

    private static Task RejectIdAsync(HttpContext http) => http.Response.WriteErrorAsync(
        StatusCodes.Status404NotFound, "There is no environment of this client-side id.");

    private static string Key(HttpRequest request) => Without(KeyScheme, request.Headers.Authorization.ToString());

    private static string Without(string scheme, string header) =>
        header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : header;

    // Browsers let any page send a plain POST here without asking first, and say who sends it in one of two headers.
    private bool IsFromForeignPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString().Equals("cross-site", StringComparison.OrdinalIgnoreCase)
        || IsForeignOrigin(request);

    private bool IsForeignOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && (IsLocalName(page.Host) || string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)));

    private bool IsLocalName(string name) =>
        name.Length == 0
        || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(name.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
