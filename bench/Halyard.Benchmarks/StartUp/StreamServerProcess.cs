using System.Diagnostics;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>A running <see cref="StreamServer"/>; ended by disposal, and with this process.</summary>
internal sealed class StreamServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private StreamServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<StreamServerProcess> StartAsync(int flags, CancellationToken cancellationToken)
    {
        var process = SelfProcess.Start(["stream-server", $"{flags}"], standardInput: true);
        var address = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("The stream server did not start.");
        return new(process, new(address));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
