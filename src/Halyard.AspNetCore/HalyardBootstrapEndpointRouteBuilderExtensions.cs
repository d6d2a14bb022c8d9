using System.Diagnostics.CodeAnalysis;
using Halyard;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps what front ends start with.</summary>
public static class HalyardBootstrapEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Answers GET with the flags that front ends may see (those that are available to client-side SDKs), evaluated for the request's context, as the
    /// bootstrap JSON of a front end's SDK, with an entity tag and status 304. Evaluates all of them at each request.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="configure">Sets what is told; called once, now.</param>
    /// <returns>The endpoint, to demand authorization, CORS or a rate limit of.</returns>
    public static IEndpointConventionBuilder MapHalyardBootstrap(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/flags/bootstrap", Action<BootstrapOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var options = new BootstrapOptions();
        configure?.Invoke(options);
        return endpoints.MapMethods(pattern, Methods, (RequestDelegate)new BootstrapEndpoint(options).AnswerAsync).WithDisplayName("Halyard bootstrap");
    }
}
