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

    /// <summary>Whom the request's flags are evaluated for, as the registered <see cref="IFlagContextFactory"/> says.</summary>
    /// <exception cref="InvalidOperationException">The factory gave null.</exception>
    public static Context FlagContext(this HttpContext httpContext) => httpContext.Flags().Context;

    /// <summary>
    /// Decides whom the request's flags are evaluated for from now on, in place of the factory: for a middleware that had to wait for
    /// what it knows.
    /// </summary>
    /// <param name="httpContext">The request.</param>
    /// <param name="context">Whom; an invalid one makes flags answer with their defaults.</param>
    public static void SetFlagContext(this HttpContext httpContext, Context context)
    {
        ArgumentNullException.ThrowIfNull(context);
        httpContext.Flags().Choose(context);
    }
}
