using Halyard;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gates for endpoints: minimal APIs, groups, controllers, Razor pages, hubs.</summary>
public static class HalyardGateEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Lets requests through while a boolean flag is true for their context (<see cref="HalyardHttpContextExtensions.FlagContext"/>). Looks after
    /// authorization, and before the endpoint reads anything of the request. Of several gates all must be open.
    /// </summary>
    /// <param name="builder">What <c>MapGet</c>, <c>MapGroup</c>, <c>MapControllers</c> and their like return.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="otherwise">What answers while the gate is closed; null for status 404 without a body.</param>
    /// <param name="defaultValue">Whether the gate is open where the flag has no answer: it is not there, or no data has arrived.</param>
    /// <param name="client">The key of the client's service; null for the client that has none.</param>
    /// <exception cref="InvalidOperationException">
    /// Thrown when the endpoints are built: one of them is a fallback or dynamic route to a controller or page, which routing replaces by that
    /// page's own endpoint. Put the gate there.
    /// </exception>
    public static TBuilder RequireFlag<TBuilder>(
        this TBuilder builder, string key, IResult? otherwise = null, bool defaultValue = false, object? client = null)
        where TBuilder : IEndpointConventionBuilder =>
        builder.Gate(key, otherwise is null ? NotFound : otherwise.ExecuteAsync, defaultValue, client);

    /// <inheritdoc cref="RequireFlag{TBuilder}(TBuilder, string, IResult?, bool, object?)"/>
    public static TBuilder RequireFlag<TBuilder>(
        this TBuilder builder, string key, RequestDelegate otherwise, bool defaultValue = false, object? client = null)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(otherwise);
        return builder.Gate(key, otherwise, defaultValue, client);
    }

    private static TBuilder Gate<TBuilder>(this TBuilder builder, string key, RequestDelegate otherwise, bool defaultValue, object? client)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var gate = new FlagGate(key, defaultValue, client);

        // Around the finished handler and not as an endpoint filter: those do nothing for controllers, pages, hubs and bare delegates.
        builder.Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<IDynamicEndpointMetadata>().Any(static metadata => metadata.IsDynamic))
            {
                throw new InvalidOperationException(
                    $"RequireFlag(\"{key}\") does nothing for {endpoint.DisplayName}: routing replaces it by the endpoint of a controller or page. Put the gate there.");
            }

            if (endpoint.RequestDelegate is { } handler)
            {
                endpoint.RequestDelegate = gate.Before(handler, otherwise);
            }
        });
        return builder;
    }

    // Without a body, so that the application's own pages for statuses can take its place.
    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
