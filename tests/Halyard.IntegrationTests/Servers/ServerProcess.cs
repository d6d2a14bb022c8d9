using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests;

/// <summary>A server that the tests started: known by its process id, its output kept for the messages of failures.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const int KeptCharacters = 32_000;

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>
    /// Starts a program, by its path or its name in PATH, and waits until it answers. If it is missing, the message
    /// holds the line that installs it.
    /// </summary>
    public static async Task<ServerProcess> StartAsync(
        string program, IEnumerable<string> arguments, string install, Func<CancellationToken, Task<bool>> isReady, string? folder = null)
    {
        var start = new ProcessStartInfo(Find(program, install))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process);
        process.OutputDataReceived += (_, e) => server.Keep(e.Data);
        process.ErrorDataReceived += (_, e) => server.Keep(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await server.WaitUntilAsync(isReady);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks again and again, for at most a minute and only as long as the server lives.</summary>
    public async Task WaitUntilAsync(Func<CancellationToken, Task<bool>> isReady)
    {
        using var timer = new CancellationTokenSource(Limit);
        Exception? last = null;
        try
        {
            await Conditions.UntilAsync(AskAsync, Limit);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not answer within {Limit.TotalSeconds} s:\n{Output}", last ?? timeout);
        }

        async Task<bool> AskAsync()
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended with code {_process.ExitCode}:\n{Output}", last);
            }

            try
            {
                return await isReady(timer.Token);
            }
            catch (Exception e) when (e is SocketException or IOException or HttpRequestException or OperationCanceledException)
            {
                last = e;
                return false;
            }
        }
    }

    /// <summary>Ends the process at once, as a crash would.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().WaitAsync(Limit);
        _process.Dispose();
    }

    public static int[] FreePorts(int count)
    {
        // Held together until all are known, so that no two are the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, l => l.Start());
        var ports = Array.ConvertAll(listeners, l => ((IPEndPoint)l.LocalEndpoint).Port);
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }

    /// <summary>Sends one line of Redis' plain-text protocol and returns the first line of the answer.</summary>
    public static async Task<string> AskRedisAsync(int port, string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        var answer = new byte[4096];
        var count = await stream.ReadAsync(answer, cancellationToken);
        return Encoding.UTF8.GetString(answer, 0, count);
    }

    private static string Find(string program, string install)
    {
        var candidates = Path.IsPathRooted(program)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(p => Path.Combine(p, program));
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{program} is missing. Install it: {install} (or run eng/install-test-servers).");
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            if (_output.Length > KeptCharacters)
            {
                _output.Remove(0, _output.Length - KeptCharacters);
            }
        }
    }
}
