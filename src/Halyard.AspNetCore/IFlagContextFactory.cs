using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>
/// Says whom a request's flags are evaluated for. Asked at the first read of a flag in a request, and again when somebody
/// signs in or another endpoint is chosen meanwhile; what waits for a database belongs into a middleware that calls
/// <see cref="HalyardHttpContextExtensions.SetFlagContext(HttpContext, Context)"/>.
/// </summary>
public interface IFlagContextFactory
{
    /// <summary>Makes the context. What it throws ends the request; an invalid context makes flags answer with their defaults.</summary>
    /// <param name="httpContext">The request.</param>
    Context Create(HttpContext httpContext);
}
