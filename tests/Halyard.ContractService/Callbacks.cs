using System.Net.Http.Headers;
using System.Text;

namespace Halyard.ContractService;

/// <summary>Requests to the harness and to what it stands in for. Thread-safe.</summary>
internal sealed class Callbacks : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Posts and waits: the harness looks at the order of arrival, and those who call have no asynchronous form.</summary>
    public void Post(Uri address, string json)
    {
        using var request = Request(address, json, "application/json");
        using var response = _http.Send(request);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask<string> CallAsync(Uri address, string? payload, CancellationToken cancellationToken)
    {
        using var request = Request(address, payload ?? "", "text/plain");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? text
            : throw new HttpRequestException($"the origin answered {(int)response.StatusCode}", null, response.StatusCode);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri address, string text, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue(type) { CharSet = "utf-8" };
        return new(HttpMethod.Post, address) { Content = content };
    }
}
