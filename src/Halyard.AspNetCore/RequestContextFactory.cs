using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>Makes contexts of requests as options say. Thread-safe.</summary>
internal sealed class RequestContextFactory(RequestContextOptions options) : IFlagContextFactory
{
    /// <summary>The key of all who are not signed in, where nothing tells them apart.</summary>
    public const string AnonymousKey = "anonymous";

    private const int LongestHeader = 1024;

    /// <summary>As without any setting.</summary>
    public static RequestContextFactory Default { get; } = new(new());

    public Context Create(HttpContext httpContext)
    {
        var user = httpContext.User;

        // Whoever is let in by any identity is known, as for authorization, though the first may be an empty one.
        var identity = user.Identities.FirstOrDefault(static identity => identity.IsAuthenticated);
        var key = identity is null ? null : KeyOf(user, identity);
        var isKnown = key is not null;
        if (key is null && options.AnonymousKey is { } find && find(httpContext) is { Length: > 0 } found)
        {
            key = found;
        }

        var builder = Context.Builder(key ?? AnonymousKey);
        if (isKnown)
        {
            builder.Name(identity!.Name);
            AddClaims(builder, user);
        }
        else
        {
            builder.Anonymous(true);
        }

        AddRequest(builder, httpContext);
        foreach (var attribute in options.PrivateAttributes)
        {
            builder.Private(attribute);
        }

        options.Configure?.Invoke(httpContext, builder);
        return options.Kinds.Count == 0 ? builder.Build() : WithKinds(builder.Build(), httpContext);
    }

    // What an identity claims without having been authenticated is anybody's word.
    private static IEnumerable<Claim> Claims(ClaimsPrincipal user, string type) =>
        user.FindAll(type).Where(static claim => claim.Subject is { IsAuthenticated: true } && claim.Value.Length != 0);

    private string? KeyOf(ClaimsPrincipal user, ClaimsIdentity identity)
    {
        if (options.KeyClaim is { } type)
        {
            return Claims(user, type).FirstOrDefault()?.Value;
        }

        return Claims(user, ClaimTypes.NameIdentifier).FirstOrDefault()?.Value
            ?? Claims(user, "sub").FirstOrDefault()?.Value
            ?? (identity.Name is { Length: > 0 } name ? name : null);
    }

    private void AddClaims(ContextBuilder builder, ClaimsPrincipal user)
    {
        foreach (var (attribute, type) in options.Claims)
        {
            string[] values = [.. Claims(user, type).Select(static claim => claim.Value)];
            if (values.Length != 0)
            {
                builder.Set(attribute, ValueOf(values));
            }
        }
    }

    private void AddRequest(ContextBuilder builder, HttpContext http)
    {
        foreach (var (attribute, name) in options.RouteValues)
        {
            if (Convert.ToString(http.Request.RouteValues[name], CultureInfo.InvariantCulture) is { Length: > 0 } value)
            {
                builder.Set(attribute, value);
            }
        }

        foreach (var (attribute, name) in options.Headers)
        {
            string[] values = [.. http.Request.Headers[name].OfType<string>()];
            if (values.Length != 0 && values.Sum(static value => value.Length) <= LongestHeader)
            {
                builder.Set(attribute, ValueOf(values));
            }
        }

        if (options.Connection)
        {
            var address = http.Connection.RemoteIpAddress;
            builder.Set("ip", (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString());
            builder.Set("host", http.Request.Host.Host);
            builder.Set("https", http.Request.IsHttps);
        }
    }

    private Context WithKinds(Context user, HttpContext http)
    {
        var members = new List<Context> { user };
        foreach (var (kind, find) in options.Kinds)
        {
            if (find(http) is { Length: > 0 } key)
            {
                members.Add(Context.New(kind, key));
            }
        }

        return Context.Multi([.. members]);
    }

    private static Value ValueOf(string[] values) =>
        values.Length == 1 ? values[0] : Value.Array([.. values.Select(Value.Of)]);
}
