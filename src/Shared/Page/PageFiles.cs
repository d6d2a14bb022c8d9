using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>The page's three files, which hold no data and load nothing from elsewhere; their addresses are relative to where the page is.</summary>
internal static class PageFiles
{
    // Nothing from anywhere else, no script but the file, in no frame.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Each file's address, behind the page's own.</summary>
    public static readonly (string Address, PageFile File)[] All =
    [
        ("/", new("index.html", "text/html; charset=utf-8")),
        ("/page/page.css", new("page.css", "text/css; charset=utf-8")),
        ("/page/page.js", new("page.js", "text/javascript; charset=utf-8")),
    ];

    /// <summary>Answers with a file.</summary>
    public static async Task AnswerAsync(HttpContext http, PageFile file)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        http.Response.ContentType = file.Type;
        http.Response.ContentLength = file.Content.Length;
        await http.Response.BodyWriter.WriteAsync(file.Content, http.RequestAborted).ConfigureAwait(false);
    }
}
