using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>The page to look at, at <c>/</c>: three files, which hold no data; that is asked of the API.</summary>
internal sealed class PageEndpoint : IDevServerEndpoint
{
    public RouteKind Kind => RouteKind.Open;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (address, file) in PageFiles.All)
        {
            routes.MapGet(address, http => PageFiles.AnswerAsync(http, file));
        }
    }
}
