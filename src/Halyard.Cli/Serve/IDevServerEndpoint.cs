using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>A part of the development server's surface.</summary>
internal interface IDevServerEndpoint
{
    void Map(IEndpointRouteBuilder routes);
}
