using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>The page to look at, at <c>/</c>: three files, which hold no data; that is asked of the API.</summary>
internal sealed class PageEndpoint : IDevServerEndpoint
{
    // Nothing from anywhere else, no script but the file, in no frame.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly (string Address, string File, string Type)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/page/page.css", "page.css", "text/css; charset=utf-8"),
        ("/page/page.js", "page.js", "text/javascript; charset=utf-8"),
    ];

    public RouteKind Kind => RouteKind.Open;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (address, file, type) in Files)
        {
            var content = new Lazy<byte[]>(() => EmbeddedFile.Read("serve/page/" + file));
            routes.MapGet(address, http => AnswerAsync(http, content.Value, type));
        }
    }

    private static async Task AnswerAsync(HttpContext http, byte[] content, string type)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        await http.Response.BodyWriter.WriteAsync(content, http.RequestAborted);
    }
}
