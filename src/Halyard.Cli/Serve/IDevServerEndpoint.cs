using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>A part of the development server's surface.</summary>
internal interface IDevServerEndpoint
{
    /// <summary>Who may ask.</summary>
    RouteKind Kind { get; }

    void Map(IEndpointRouteBuilder routes);
}
