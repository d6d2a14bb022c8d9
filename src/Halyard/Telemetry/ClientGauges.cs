using System.Diagnostics.Metrics;

namespace Halyard.Telemetry;

/// <summary>
/// The instruments that are looked up when somebody collects, so that they cost nothing at any other time. An instrument cannot be
/// taken from its meter again, and the meter may outlive its clients: so each instrument is there once, and asks the clients that are alive. Thread-safe.
/// </summary>
internal sealed class ClientGauges
{
    private static readonly DataSourceState[] States = Enum.GetValues<DataSourceState>();
    private static readonly DataSourceErrorKind[] ErrorKinds = Enum.GetValues<DataSourceErrorKind>();

    private readonly Lock _changing = new();

    // Replaced under _changing, read without it.
    private volatile IObservedClient[] _clients = [];

    public ClientGauges(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "halyard.source.state", () => All(State), "{client}", "1 for the state that the data source is in, and 0 for the others.");
        meter.CreateObservableUpDownCounter(
            "halyard.source.active", () => All(Active), "{source}", "1 for the source in use.");
        meter.CreateObservableCounter(
            "halyard.source.connections", () => All(client => One(client, client.Connections)), "{connection}", "Streams that were opened: each but a client's first is a reconnect.");
        meter.CreateObservableCounter(
            "halyard.source.failures", () => All(Failures), "{failure}", "Failures of the data source, by their kind.");
        meter.CreateObservableCounter(
            "halyard.source.received", () => All(client => One(client, client.ReceivedBytes)), "By", "Bytes of flag data that arrived over the network, compressed as they were.");
        meter.CreateObservableGauge(
            "halyard.data.age", () => All(Age), "s", "How long ago the source delivered or confirmed data.");
        meter.CreateObservableUpDownCounter(
            "halyard.data.item.count", () => All(client => ByKind(client, client.Items)), "{item}", "Flags and segments that are held.");
        meter.CreateObservableUpDownCounter(
            "halyard.data.quarantined_item.count", () => All(client => One(client, client.Status.QuarantinedCount)), "{item}", "Flags and segments that could not be understood, of which the last good version is in force.");
        meter.CreateObservableUpDownCounter(
            "halyard.override.count", () => All(client => ByKind(client, client.Overrides)), "{item}", "Flags and segments that are overridden.");
        meter.CreateObservableUpDownCounter(
            "halyard.listener.waiting", () => All(client => One(client, client.Listeners.Waiting)), "{event}", "Events that wait for listeners.");
        meter.CreateObservableCounter(
            "halyard.listener.merges", () => All(client => One(client, client.Listeners.Merged)), "{event}", "Events that were merged because their listener was too far behind.");
    }

    public IDisposable Watch(IObservedClient client)
    {
        lock (_changing)
        {
            _clients = [.. _clients, client];
        }

        return new Watching(this, client);
    }

    private static IEnumerable<Measurement<long>> One(IObservedClient client, long value) => [Of(client, value)];

    private static IEnumerable<Measurement<long>> State(IObservedClient client)
    {
        var now = client.Status.State;
        return States.Select(state => Of(client, state == now ? 1L : 0L, "halyard.source.state", NameOf(state)));
    }

    private static IEnumerable<Measurement<long>> Active(IObservedClient client) => [Of(client, 1L, HalyardMetrics.SourceTag, client.Source)];

    private static IEnumerable<Measurement<double>> Age(IObservedClient client) => client.Age is { } age ? [Of(client, age.TotalSeconds)] : [];

    // A kind that never happened is left out: a service that forbids nothing has no such series.
    private static IEnumerable<Measurement<long>> Failures(IObservedClient client) =>
        ErrorKinds.Select(kind => (Kind: kind, Count: client.Failures(kind))).Where(static failures => failures.Count > 0)
            .Select(failures => Of(client, failures.Count, HalyardMetrics.ErrorTag, NameOf(failures.Kind)));

    private static IEnumerable<Measurement<long>> ByKind(IObservedClient client, (int Flags, int Segments) counts) =>
        [Of(client, (long)counts.Flags, HalyardMetrics.KindTag, "flag"), Of(client, (long)counts.Segments, HalyardMetrics.KindTag, "segment")];

    private static Measurement<T> Of<T>(IObservedClient client, T value, string? tag = null, string? of = null)
        where T : struct
    {
        var name = client.Name.Length == 0 ? [] : new KeyValuePair<string, object?>[] { new(HalyardMetrics.ClientTag, client.Name) };
        return tag is null ? new(value, name) : new(value, [.. name, new(tag, of)]);
    }

    private static string NameOf(DataSourceState state) => state switch
    {
        DataSourceState.Initializing => "initializing",
        DataSourceState.Valid => "valid",
        DataSourceState.Interrupted => "interrupted",
        _ => "off",
    };

    private static string NameOf(DataSourceErrorKind kind) => kind switch
    {
        DataSourceErrorKind.NetworkError => "network_error",
        DataSourceErrorKind.ErrorResponse => "error_response",
        DataSourceErrorKind.InvalidData => "invalid_data",
        DataSourceErrorKind.StoreError => "store_error",
        _ => "_OTHER",
    };

    // Whoever collects is not to be told of a client's fault: the other clients have something to say all the same.
    private List<Measurement<T>> All<T>(Func<IObservedClient, IEnumerable<Measurement<T>>> look)
        where T : struct
    {
        var all = new List<Measurement<T>>();
        foreach (var client in _clients)
        {
            try
            {
                all.AddRange(look(client));
            }
            catch (Exception)
            {
                // A clock or a source of the application's may throw.
            }
        }

        return all;
    }

    private void Forget(IObservedClient client)
    {
        lock (_changing)
        {
            _clients = [.. _clients.Where(other => other != client)];
        }
    }

    private sealed class Watching(ClientGauges gauges, IObservedClient client) : IDisposable
    {
        public void Dispose() => gauges.Forget(client);
    }
}
