using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Halyard.DataComponents.Listeners;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents.Status;

/// <summary>
/// Tells whoever listens to diagnostics of each change of the data source's state, in order and off the source's thread. While nobody
/// listens, a change costs one check. Thread-safe.
/// </summary>
/// <param name="client">The client's name; empty for none.</param>
/// <param name="source">What is listened to; of all clients. Null tells nobody.</param>
/// <param name="name">The event's name.</param>
/// <param name="logger">Told of listeners that throw.</param>
internal sealed class StateEvents(string client, DiagnosticListener? source, string name, ILogger logger)
{
    // Made when somebody listens for the first time.
    private ListenerHub<DataSourceStateChange>? _queue;

    /// <summary>Takes a change. To be called in order, by one thread at a time; calls nobody.</summary>
    public void Note(DataSourceState previous, DataSourceStatus status)
    {
        if (source?.IsEnabled() != true)
        {
            return;
        }

        if (_queue is null)
        {
            _queue = new(nameof(DataSourceStateChange), static () => new NewestOnly<DataSourceStateChange>(), logger);
            _queue.Add(Tell);
        }

        _queue.Publish(new(client, previous, status));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A listener that casts to the public type needs no member that trimming could remove.")]
    private void Tell(DataSourceStateChange change)
    {
        if (source!.IsEnabled(name))
        {
            source.Write(name, change);
        }
    }
}
