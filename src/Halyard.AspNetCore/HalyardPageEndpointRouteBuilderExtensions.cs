using System.Diagnostics.CodeAnalysis;
using System.Net;
using Halyard;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the page that shows people the flags of this application.</summary>
public static class HalyardPageEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps a page with the flags as the application's client has them: values for a context that one edits, the reason in words down to the clause
    /// that decided, what depends on what, changes as they happen. It is read only unless <see cref="HalyardPageOptions.AllowOverrides"/> says
    /// otherwise, and not there outside of the environment <c>Development</c> unless <see cref="HalyardPageOptions.OutsideDevelopment"/> does.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">Where; without route values.</param>
    /// <param name="configure">Sets what the page may do; called once, now.</param>
    /// <returns>All endpoints of the page, to demand authorization or a host of.</returns>
    /// <exception cref="InvalidOperationException">
    /// Thrown when the endpoints are built: they are outside of development and demand no authorization.
    /// </exception>
    public static IEndpointConventionBuilder MapHalyardPage(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/flags", Action<HalyardPageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var options = new HalyardPageOptions();
        configure?.Invoke(options);
        var group = endpoints.MapGroup(pattern);
        var environment = endpoints.ServiceProvider.GetRequiredService<IHostEnvironment>();
        if (environment.IsDevelopment() || options.OutsideDevelopment)
        {
            new ApplicationPage(options, environment.ApplicationName).Map(group);
        }

        var isDevelopment = environment.IsDevelopment();
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint.Metadata.Any(static metadata => metadata is IAuthorizeData or AuthorizationPolicy or IAllowAnonymous))
            {
                return;
            }

            if (!isDevelopment)
            {
                throw new InvalidOperationException(
                    "MapHalyardPage shows all flags and whom they are served to, and this is not the development environment: call RequireAuthorization on what it returns, or AllowAnonymous if everybody may see that.");
            }

            if (!endpoint.Metadata.Any(static metadata => metadata is IHostMetadata) && endpoint.RequestDelegate is { } answer)
            {
                endpoint.RequestDelegate = http => IsThisMachine(http.Request.Host) ? answer(http) : RefuseAsync(http);
            }
        });
        return group;
    }

    // A stranger's site can have its own name lead to this machine, and its page then read what the browser takes for that site's. It
    // cannot do so with an address or with the name that machines give themselves.
    private static bool IsThisMachine(HostString host) =>
        string.Equals(host.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Host, out _);

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(
            "This page is for localhost, or an address. Call RequireHost, RequireAuthorization or AllowAnonymous on what MapHalyardPage returns to open it by other names.");
    }
}
