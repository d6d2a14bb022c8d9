using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>The OpenFeature Remote Evaluation Protocol over what is served.</summary>
internal sealed class OfrepEndpoint(EnvironmentDirectory environments) : IDevServerEndpoint
{
    public RouteKind Kind => RouteKind.Ofrep;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPreflight("/ofrep/{**rest}");
        routes.MapOfrep(new() { Client = static http => http.Served().Client, Visible = Visible });
    }

    // A client sees what the credential that it came with may see.
    private AllFlagsOptions Visible(HttpContext http) =>
        environments.VisibleTo(http.Served(), AccessGate.OpenFeatureKey(http.Request), PageRoutes.IsFromPage(http.Request));
}
