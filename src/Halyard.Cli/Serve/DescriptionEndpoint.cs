using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>The description of the API in OpenAPI: <c>GET /api/openapi.json</c>.</summary>
internal sealed class DescriptionEndpoint : IDevServerEndpoint
{
    private static readonly Lazy<byte[]> Document = new(static () => EmbeddedFile.Read("serve/openapi.json"));

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/openapi.json", static http => http.Response.WriteJsonAsync(Document.Value));
}
