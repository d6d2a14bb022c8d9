using Halyard.Http;
using Halyard.Telemetry;

namespace Halyard;

/// <summary>A client as metrics see it.</summary>
/// <param name="name">Its name; empty for none.</param>
/// <param name="client">The client.</param>
/// <param name="received">What counts the bytes that arrive.</param>
/// <param name="time">The clock.</param>
internal sealed class ObservedClient(string name, Client client, ByteCount received, TimeProvider time) : IObservedClient
{
    public string Name => name;

    public DataSourceStatus Status => client.DataSourceStatus.Current;

    public TimeSpan? Age => Status.AgeAt(time.GetUtcNow());

    public string Source => Status.Active is { } active ? active.Name ?? "none" : client.DataSystemName;

    // Live items of a cache are placeholders too.
    public (int Flags, int Segments) Items =>
        client.LazyLoadStatistics is { } cache ? (cache.Flags, cache.Segments) : Count(client.System.Snapshot);

    public (int Flags, int Segments) Overrides => client.Overrides.Current is { } overrides ? Count(overrides) : default;

    public long Connections => client.DataSourceStatus.Connections;

    public long ReceivedBytes => received.Total;

    public (int Waiting, long Merged) Listeners
    {
        get
        {
            var (changes, states) = (client.FlagChanges.Load, client.DataSourceStatus.Load);
            return (changes.Waiting + states.Waiting, changes.Merged + states.Merged);
        }
    }

    public long Failures(DataSourceErrorKind kind) => client.DataSourceStatus.Failures(kind);

    private static (int Flags, int Segments) Count(DataSnapshot data) => (data.Flags.Live.Count, data.Segments.Live.Count);
}
