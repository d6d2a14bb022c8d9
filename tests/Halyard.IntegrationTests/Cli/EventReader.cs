namespace Halyard.IntegrationTests.Cli;

/// <summary>Reads a server's event stream as a plain HTTP client sees it.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _lines = new StreamReader(body);
    }

    public string? ContentType => _response.Content.Headers.ContentType?.MediaType;

    public string? Header(string name) => _response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    public static async Task<EventReader> OpenAsync(HttpClient http, string path = "all")
    {
        var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; a comment has the name <c>:</c>.</summary>
    /// <exception cref="EndOfStreamException">The stream has ended.</exception>
    public async Task<(string Name, string Data)> NextAsync()
    {
        var name = "";
        while (await _lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Bound, TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(':'))
            {
                return (":", "");
            }

            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (name, line[6..]);
            }
        }

        throw new EndOfStreamException();
    }

    /// <summary>Reads until the connection ends, however it ends.</summary>
    public async Task ReadToEndAsync()
    {
        try
        {
            while (true)
            {
                await NextAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // Ended properly, or cut.
        }
    }

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
