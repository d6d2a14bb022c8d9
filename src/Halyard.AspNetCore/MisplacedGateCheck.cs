using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard;

/// <summary>
/// Ends the start of an application that put <see cref="RequireFlagAttribute"/> where nothing looks at it: an endpoint that was meant to be closed
/// would be open. Looks when the pipeline is built, before the server listens.
/// </summary>
internal sealed class MisplacedGateCheck : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        foreach (var endpoint in app.ApplicationServices.GetService<EndpointDataSource>()?.Endpoints ?? [])
        {
            var filters = endpoint.Metadata.GetMetadata<ActionDescriptor>()?.FilterDescriptors ?? [];
            foreach (var gate in endpoint.Metadata.GetOrderedMetadata<RequireFlagAttribute>())
            {
                if (filters.Any(filter => filter.Filter is RequireFlagAttribute same && same.Key == gate.Key))
                {
                    continue;
                }

                throw new InvalidOperationException(
                    $"[RequireFlag(\"{gate.Key}\")] does nothing on {endpoint.DisplayName}: it is for controllers, actions and Razor pages. "
                    + $"Call .RequireFlag(\"{gate.Key}\") on what maps the endpoint.");
            }
        }
    };
}
