using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests;

/// <summary>A scenario with real clients, in a browser or in Node: the test and the scenario speak in turns.</summary>
internal sealed class ClientRun : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ClientRun(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A web page that holds the SDKs, of another site than the server's.</summary>
    /// <param name="run">Which of the scenarios in <c>application.js</c>.</param>
    /// <param name="task">What it is told.</param>
    public static Task<ClientRun> InApplicationAsync(string run, JsonObject task)
    {
        task["run"] = run;
        task["bundle"] = Repository.PathOf("tests", "Halyard.IntegrationTests", "Browser", "application.js");
        return InBrowserAsync("application.cjs", task);
    }

    /// <summary>A browser that does as a scenario beside <c>drive.cjs</c> says.</summary>
    public static Task<ClientRun> InBrowserAsync(string scenario, JsonObject task)
    {
        task["browser"] = File.Exists(Chromium) ? Chromium : throw new FileNotFoundException("Chromium is missing. Install it: eng/install-test-servers.");
        return StartAsync(Repository.PathOf("tests", "Halyard.IntegrationTests", "Browser", scenario), task);
    }

    /// <summary>Node alone.</summary>
    public static async Task<ClientRun> StartAsync(string scenario, JsonObject task)
    {
        var modules = Repository.PathOf(".tools", "clients");
        if (!Directory.Exists(Path.Combine(modules, "node_modules", "playwright-core")))
        {
            throw new DirectoryNotFoundException("The clients are missing. Install them: eng/install-test-servers (npm packages of eng/clients).");
        }

        task["modules"] = modules;
        task["scenario"] = scenario;
        var start = new ProcessStartInfo("node", [Repository.PathOf("tests", "Halyard.IntegrationTests", "Browser", "drive.cjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var run = new ClientRun(Process.Start(start)!);
        await run.WriteAsync(task.ToJsonString());
        return run;
    }

    /// <summary>Waits until the scenario tells something of this name; what it tells before is passed over.</summary>
    public async Task<JsonElement> HearAsync(string name)
    {
        while (await _process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Bound, Token) is { } line)
        {
            using var told = JsonDocument.Parse(line);
            if (told.RootElement.GetProperty("name").GetString() == name)
            {
                return told.RootElement.GetProperty("value").Clone();
            }
        }

        throw new InvalidOperationException($"The scenario ended before it told \"{name}\":\n{await _errors}");
    }

    /// <summary>Has the scenario go on.</summary>
    public Task TellAsync(string name = "go", JsonNode? value = null) => WriteAsync(new JsonObject { ["name"] = name, ["value"] = value }.ToJsonString());

    /// <summary>Waits for the scenario's end, which must be a good one.</summary>
    public async Task EndAsync()
    {
        await _process.WaitForExitAsync(Token).WaitAsync(Bound, Token);
        Assert.True(_process.ExitCode == 0, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), Token);
        await _process.StandardInput.FlushAsync(Token);
    }
}
