namespace Halyard.Benchmarks.StartUp;

/// <summary>The platform's handler with one stream open, of which every byte is read and dropped: what nobody who uses it goes below.</summary>
internal sealed class BareStream : IAsyncDisposable
{
    public const string Name = "bare HTTP stream";

    private readonly HttpMessageInvoker _http;
    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _end;
    private readonly Task _reading;

    private BareStream(HttpMessageInvoker http, HttpResponseMessage response, Task<int> first, Stream body, byte[] buffer, CancellationTokenSource end)
    {
        (_http, _response, _end) = (http, response, end);
        _reading = ReadAsync(first, body, buffer, end.Token);
    }

    /// <summary>Opens it and reads its first bytes.</summary>
    public static async Task<BareStream> OpenAsync(Uri address)
    {
        var http = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        var end = new CancellationTokenSource();
        var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/all")), end.Token);
        var body = await response.Content.ReadAsStreamAsync(end.Token);
        var buffer = new byte[4 * 1024];
        var first = body.ReadAsync(buffer, end.Token).AsTask();
        await first;
        return new(http, response, first, body, buffer, end);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _response.Dispose();
        _http.Dispose();
        _end.Dispose();
    }

    private static async Task ReadAsync(Task<int> first, Stream body, byte[] buffer, CancellationToken end)
    {
        for (var read = await first; read > 0; read = await body.ReadAsync(buffer, end))
        {
        }
    }
}
