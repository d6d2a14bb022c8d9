using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>
/// What of a request goes into the context of its flags. Without any setting it is who is signed in, by their key and name, or the
/// one anonymous user whom all others are. To be set before the first request; not thread-safe.
/// </summary>
public sealed class RequestContextOptions
{
    /// <summary>
    /// The type of the claim that is the user's key. Null takes the first that there is of <c>ClaimTypes.NameIdentifier</c>,
    /// <c>sub</c> and the name. Who is signed in without such a claim counts as anonymous.
    /// </summary>
    public string? KeyClaim { get; set; }

    /// <summary>Attributes from claims of the user who is signed in, by the attribute's name; a claim that is there several times becomes an array.</summary>
    public IDictionary<string, string> Claims { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Attributes from values of the route, by the attribute's name.</summary>
    public IDictionary<string, string> RouteValues { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Attributes from headers of the request, by the attribute's name. Anybody can send any header: open nothing by
    /// them that must stay closed. A header of more than 1,024 characters is left out.
    /// </summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Whether there are the attributes <c>ip</c> (the address of the caller, as the forwarded-headers middleware leaves it), <c>host</c> and
    /// <c>https</c>. An address is personal data: see <see cref="PrivateAttributes"/>.
    /// </summary>
    public bool Connection { get; set; }

    /// <summary>
    /// Further kinds of context, each with the function that finds its key, such as
    /// <c>["org"] = http => http.User.FindFirst("org")?.Value</c>. Where the key is null or empty, the kind is left out.
    /// </summary>
    public IDictionary<string, Func<HttpContext, string?>> Kinds { get; } = new Dictionary<string, Func<HttpContext, string?>>(StringComparer.Ordinal);

    /// <summary>
    /// The key of a visitor who is not signed in, such as that of a cookie. Null, or a function that gives null or an empty text, takes
    /// <c>anonymous</c> for all, so that a rollout shows all of them the same.
    /// </summary>
    public Func<HttpContext, string?>? AnonymousKey { get; set; }

    /// <summary>Attributes of the user that analytics must not carry, by name or path.</summary>
    public ICollection<string> PrivateAttributes { get; } = [];

    /// <summary>Sets further attributes of the user; called last.</summary>
    public Action<HttpContext, ContextBuilder>? Configure { get; set; }
}
