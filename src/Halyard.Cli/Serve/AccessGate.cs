using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Marks the routes that SDKs use: they need a key, and can be made to fail.</summary>
internal sealed class SdkRoute
{
    public static SdkRoute Marker { get; } = new();
}

/// <summary>Marks the routes whose answers are event streams.</summary>
internal sealed class StreamRoute
{
    public static StreamRoute Marker { get; } = new();
}

/// <summary>Marks the routes that change or show data beyond SDKs.</summary>
internal sealed class ApiRoute
{
    public static ApiRoute Marker { get; } = new();
}

/// <summary>Lets a request through or answers it with an error.</summary>
/// <param name="sdkKey">The only key let in; null lets any non-empty one in.</param>
/// <param name="loopbackOnly">Whether the server listens to this machine alone.</param>
/// <param name="host">The host name the server was started with.</param>
/// <param name="environmentId">What is told to whoever is let in; null for nothing.</param>
internal sealed class AccessGate(string? sdkKey, bool loopbackOnly, string host, string? environmentId)
{
    public Task PassAsync(HttpContext http, RequestDelegate next)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        if (loopbackOnly && !IsLocalName(http.Request.Host.Host))
        {
            // A web page can give its own host name this address; it must not get at the data that way.
            return http.Response.WriteErrorAsync(
                StatusCodes.Status403Forbidden, $"This server answers to local names only, not to \"{http.Request.Host.Host}\".");
        }

        if (metadata?.GetMetadata<SdkRoute>() is not null)
        {
            if (!HasKey(http.Request))
            {
                return RejectKeyAsync(http);
            }

            if (environmentId is not null)
            {
                http.Response.Headers["X-LD-EnvID"] = environmentId;
            }
        }
        else if (metadata?.GetMetadata<ApiRoute>() is not null && IsFromForeignPage(http.Request))
        {
            // Browsers let any page send a plain POST here without asking first.
            return http.Response.WriteErrorAsync(StatusCodes.Status403Forbidden, "Pages of other sites may not use this server's API.");
        }
        else if (metadata?.GetMetadata<ApiRoute>() is not null && !loopbackOnly && sdkKey is not null && !HasKey(http.Request))
        {
            return RejectKeyAsync(http);
        }

        return next(http);
    }

    private static Task RejectKeyAsync(HttpContext http) => http.Response.WriteErrorAsync(
        StatusCodes.Status401Unauthorized,
        http.Request.Headers.Authorization.Count == 0 ? "The Authorization header with the SDK key is missing." : "The SDK key is wrong.");

    private bool HasKey(HttpRequest request)
    {
        var given = request.Headers.Authorization.ToString();
        return sdkKey is null
            ? given.Length != 0
            : CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(sdkKey));
    }

    private bool IsFromForeignPage(HttpRequest request) =>
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
