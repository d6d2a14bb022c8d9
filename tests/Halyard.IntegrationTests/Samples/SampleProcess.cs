using System.Diagnostics;

namespace Halyard.IntegrationTests.Samples;

/// <summary>A sample's web application as a process of its own, on a free port.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private SampleProcess(Process process, Uri address)
    {
        _process = process;
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address };
    }

    public HttpClient Http { get; }

    /// <summary>Starts it; it prints its address when it listens.</summary>
    public static async Task<SampleProcess> StartAsync(string name)
    {
        var folder = AppContext.BaseDirectory.Replace(
            Path.Combine("tests", "Halyard.IntegrationTests"), Path.Combine("samples", name), StringComparison.Ordinal);
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(folder, name + ".dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        try
        {
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Bound, TestContext.Current.CancellationToken) is { } line)
            {
                if (line.StartsWith("http://", StringComparison.Ordinal))
                {
                    return new(process, new(line));
                }
            }

            throw new InvalidOperationException($"{name} ended before it listened.");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>The status and the body of an answer.</summary>
    public async Task<(int Status, string Body)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
