using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Who may use the API and the page: holders of its key, which a browser exchanges for a cookie. Thread-safe.</summary>
/// <param name="key">The key; null lets everybody in.</param>
internal sealed class ApiKeyring(string? key)
{
    private const string Cookie = "halyard_session_";
    private const int UsualPort = 80;
    private const string BearerScheme = "Bearer ";

    // One for all browsers of this run: it says that its holder knew the key, and tells nothing of it.
    private readonly string _session = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The name of the cookie that stands for the key. To cookies all ports of a machine are one, so it names the port.</summary>
    public static string CookieOf(HttpRequest request) =>
        Cookie + (request.Host.Port ?? UsualPort).ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a request comes from somebody who knows the key.</summary>
    public bool Opens(HttpRequest request)
    {
        if (key is null)
        {
            return true;
        }

        var given = request.Headers.Authorization.ToString();
        return Is(given.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase) ? given[BearerScheme.Length..].Trim() : given, key)
            || (Is(request.Cookies[CookieOf(request)] ?? "", _session) && IsOwnPage(request));
    }

    /// <summary>Gives a browser the cookie for the key.</summary>
    /// <returns>Whether it was the key.</returns>
    public bool TryBegin(string given, HttpResponse response)
    {
        if (key is not null && !Is(given, key))
        {
            return false;
        }

        // No other site's page can have it sent, and no script can read it.
        response.Cookies.Append(CookieOf(response.HttpContext.Request), _session, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });
        return true;
    }

    // To a cookie every port of a machine is the same site: what another server's page here sends does not count.
    private static bool IsOwnPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none"
        && (request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase));

    private static bool Is(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
