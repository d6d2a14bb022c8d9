using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Takes analytics events, so that SDKs do not complain, and counts them; nothing else is made of them.</summary>
internal sealed class EventSink
{
    private const int LargestBody = 10 * 1024 * 1024;

    /// <summary>Marks the routes that take events.</summary>
    public static EventSink Marker { get; } = new();

    /// <summary>Counts what the body holds; whatever it is, it counts as delivered.</summary>
    public static async Task AcceptAsync(HttpContext http)
    {
        if (http.Request.Headers.ContentEncoding.ToString().Equals("gzip", StringComparison.OrdinalIgnoreCase))
        {
            http.Request.Body = new GZipStream(http.Request.Body, CompressionMode.Decompress);
        }

        byte[]? body;
        try
        {
            body = await http.ReadBodyAsync(LargestBody);
        }
        catch (InvalidDataException)
        {
            body = [];
        }

        if (body is not null)
        {
            http.Served().Events.Count(body);
            http.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }
}
