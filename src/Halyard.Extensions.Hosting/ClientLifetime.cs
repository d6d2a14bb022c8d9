using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Starts one client with the host and ends it with the host.</summary>
/// <remarks>
/// The end must not fail: what comes out of it ends the process with an error, after its work was done. The host's time
/// may be over before it begins, when a request did not end in time; the end then has a time of its own.
/// </remarks>
/// <param name="client">The client.</param>
/// <param name="title">How messages call it.</param>
/// <param name="watch">Begins to look at its settings; gives null when there are none.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ClientLifetime(Client client, string title, Func<IDisposable?> watch, ILogger logger)
{
    private IDisposable? _watching;

    /// <summary>How long the end may take after the host's time is over.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Quietly(() => LogFailed(e, title));
        }

        Quietly(() => _watching = watch());
    }

    public void Flush() => client.Flush();

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Quietly(() => _watching?.Dispose());
        var end = client.DisposeAsync().AsTask();
        try
        {
            await end.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndShortlyAsync(end).ConfigureAwait(false);
        }
    }

    private async Task EndShortlyAsync(Task end)
    {
        try
        {
            await end.WaitAsync(Grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Quietly(() => LogCutShort(title, Grace.TotalSeconds, client.WriteThroughStatus?.Pending ?? 0));
        }
    }

    // The logger is the host's own, and so is the source of the settings. A host whose own fail is to start and to end all the same.
    private static void Quietly(Action step)
    {
        try
        {
            step();
        }
        catch (Exception)
        {
            // The place to tell of it is the one that fails.
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Client} could not start; the host goes on with last known data or defaults.")]
    private partial void LogFailed(Exception exception, string client);

    [LoggerMessage(2, LogLevel.Warning, "{Client} did not end within {Seconds} s after the host's time was over; its last events and its last data may be lost, and {Items} items are not written to the store.")]
    private partial void LogCutShort(string client, double seconds, int items);
}
