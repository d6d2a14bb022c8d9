using Halyard;

namespace Microsoft.AspNetCore.Http;

/// <summary>The flags of a request.</summary>
public static class HalyardHttpContextExtensions
{
    /// <summary>The flags of the request, evaluated for its context; the same object for all that ask in one request.</summary>
    public static RequestFlags Flags(this HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return RequestFlags.Of(httpContext);
    }

    /// <summary>The flags of the request as one of several clients has them, evaluated for the context that was registered for it.</summary>
    /// <param name="httpContext">The request.</param>
    /// <param name="client">The client's name.</param>
    public static RequestFlags Flags(this HttpContext httpContext, string client)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        ArgumentException.ThrowIfNullOrEmpty(client);
        return RequestFlags.Of(httpContext, client);
    }

    /// <summary>Whom the request's flags are evaluated for, as the registered <see cref="IFlagContextFactory"/> says.</summary>
    /// <exception cref="InvalidOperationException">The factory gave null.</exception>
    public static Context FlagContext(this HttpContext httpContext) => httpContext.Flags().Context;

    /// <summary>
    /// Decides whom the request's flags are evaluated for from now on, in place of the factory: for a middleware that had to wait for
    /// what it knows. Clients with a context of their own go by that.
    /// </summary>
    /// <param name="httpContext">The request.</param>
    /// <param name="context">Whom; an invalid one makes flags answer with their defaults.</param>
    public static void SetFlagContext(this HttpContext httpContext, Context context)
    {
        ArgumentNullException.ThrowIfNull(context);
        httpContext.Flags().Choose(context);
    }

    /// <inheritdoc cref="SetFlagContext(HttpContext, Context)"/>
    /// <param name="httpContext">The request.</param>
    /// <param name="context">Whom; an invalid one makes flags answer with their defaults.</param>
    /// <param name="client">The name of the client that this is for, and no other.</param>
    public static void SetFlagContext(this HttpContext httpContext, Context context, string client)
    {
        ArgumentNullException.ThrowIfNull(context);
        httpContext.Flags(client).Choose(context);
    }
}
