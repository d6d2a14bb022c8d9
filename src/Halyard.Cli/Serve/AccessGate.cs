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

/// <summary>Marks the routes that change or show data beyond SDKs.</summary>
internal sealed class ApiRoute
{
    public static ApiRoute Marker { get; } = new();
}

/// <summary>Lets a request through or answers it with an error.</summary>
/// <param name="sdkKey">The only key let in; null lets any non-empty one in.</param>
/// <param name="loopbackOnly">Whether the server listens to this machine alone.</param>
/// <param name="host">The host name the server was started with.</param>
internal sealed class AccessGate(string? sdkKey, bool loopbackOnly, string host)
{
    private int _refusal;

    /// <summary>The status that SDK requests are refused with; null lets them in.</summary>
    public int? Refusal
    {
        get => Volatile.Read(ref _refusal) is not 0 and var status ? status : null;
        set => Volatile.Write(ref _refusal, value ?? 0);
    }

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
            if (Refusal is { } status)
            {
                return http.Response.WriteErrorAsync(status, "Refused, as the server was told to.");
            }

            if (!HasKey(http.Request))
            {
                return RejectKeyAsync(http);
            }
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

    private bool IsLocalName(string name) =>
        name.Length == 0
        || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(name.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
