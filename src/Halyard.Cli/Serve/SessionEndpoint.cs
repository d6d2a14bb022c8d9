using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>Exchanges the API's key for a cookie, so that a page need not keep the key: <c>POST /api/session</c>.</summary>
internal sealed class SessionEndpoint(ApiKeyring keyring) : IDevServerEndpoint
{
    private const int LargestBody = 16 * 1024;

    public RouteKind Kind => RouteKind.Session;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/session", BeginAsync);

    private async Task BeginAsync(HttpContext http)
    {
        if (await http.ReadBodyAsync(LargestBody) is not { } body)
        {
            return;
        }

        string? key;
        try
        {
            using var document = ItemJson.Parse(body);
            key = document.RootElement.TryGetProperty("key"u8, out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        }
        catch (Exception exception) when (exception is MalformedDataException or InvalidOperationException)
        {
            key = null;
        }

        await (key is null ? http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, "A JSON object with a key is expected.")
            : keyring.TryBegin(key, http.Response) ? http.Response.WriteJsonAsync("{\"open\":true}"u8.ToArray())
            : http.Response.WriteErrorAsync(StatusCodes.Status401Unauthorized, "The key is wrong."));
    }
}
