using System.Collections.Immutable;
using System.Text;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Testing;

namespace Halyard;

/// <summary>
/// Flag data from a test's own code. An update is visible in every client that uses the data when the call returns;
/// versions rise by themselves. One instance may feed several clients, and forgets a client that is disposed.
/// Thread-safe.
/// </summary>
/// <example><code>
/// var data = new TestData();
/// data.Update(TestData.Flag("new-checkout").VariationForUser("ada", true).FallthroughVariation(false));
/// await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(data) });
/// </code></example>
public sealed class TestData
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(DataKind Kind, string Key), ItemDescriptor> _items = [];
    private readonly List<TestDataSynchronizer> _clients = [];
    private DataSourceState _state = DataSourceState.Valid;
    private DataSourceError? _error;

    /// <summary>Starts a new flag: boolean, on, and true for everyone. It counts once it is given to <see cref="Update(ReadOnlySpan{TestFlagBuilder})"/>.</summary>
    public static TestFlagBuilder Flag(string key) => new(key);

    /// <summary>Starts a new segment: empty. It counts once it is given to <see cref="Update(ReadOnlySpan{TestSegmentBuilder})"/>.</summary>
    public static TestSegmentBuilder Segment(string key) => new(key);

    /// <summary>
    /// The flag as it is now, to be changed and given to <see cref="Update(ReadOnlySpan{TestFlagBuilder})"/>; a new one if there is none.
    /// The builder is a copy: changing it changes nothing until then.
    /// </summary>
    public TestFlagBuilder Edit(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        lock (_gate)
        {
            return Find<Flag>(DataKind.Flag, key) is { } flag ? new(flag) : new(key);
        }
    }

    /// <summary>The segment as it is now, under the same rules as <see cref="Edit"/>.</summary>
    public TestSegmentBuilder EditSegment(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        lock (_gate)
        {
            return Find<Segment>(DataKind.Segment, key) is { } segment ? new(segment) : new(key);
        }
    }

    /// <summary>Adds or replaces flags; several become visible at once. Later changes of a builder do not count.</summary>
    /// <exception cref="InvalidOperationException">A flag contradicts itself, such as by serving a variation that it does not have.</exception>
    public TestData Update(params ReadOnlySpan<TestFlagBuilder> flags)
    {
        // Built outside the lock and before anything is stored: a faulty one leaves no half of the update behind.
        var built = Array.ConvertAll(flags.ToArray(), builder => builder.Build());
        lock (_gate)
        {
            Publish([.. built.Select(Stored)]);
        }

        return this;
    }

    /// <summary>Adds or replaces segments; several become visible at once. Later changes of a builder do not count.</summary>
    public TestData Update(params ReadOnlySpan<TestSegmentBuilder> segments)
    {
        var built = Array.ConvertAll(segments.ToArray(), builder => builder.Build());
        lock (_gate)
        {
            Publish([.. built.Select(Stored)]);
        }

        return this;
    }

    /// <summary>Adds or replaces a flag as it is; its version is raised if it must be.</summary>
    public TestData Update(Flag flag)
    {
        ArgumentNullException.ThrowIfNull(flag);
        lock (_gate)
        {
            Publish([Stored(flag)]);
        }

        return this;
    }

    /// <summary>Adds or replaces a segment as it is; its version is raised if it must be.</summary>
    public TestData Update(Segment segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        lock (_gate)
        {
            Publish([Stored(segment)]);
        }

        return this;
    }

    /// <summary>Adds or replaces a flag given as JSON, in the form that services send.</summary>
    /// <exception cref="MalformedDataException">The text is not a flag.</exception>
    public TestData UpdateFlagJson(string json)
    {
        var item = Parse(DataKind.Flag, json);
        return item is ItemDescriptor<Flag> { Item: { } flag } ? Update(flag) : DeleteItem(DataKind.Flag, item.Key);
    }

    /// <summary>Adds or replaces a segment given as JSON, in the form that services send.</summary>
    /// <exception cref="MalformedDataException">The text is not a segment.</exception>
    public TestData UpdateSegmentJson(string json)
    {
        var item = Parse(DataKind.Segment, json);
        return item is ItemDescriptor<Segment> { Item: { } segment } ? Update(segment) : DeleteItem(DataKind.Segment, item.Key);
    }

    /// <summary>Deletes a flag; evaluations then give the default. An unknown key is let pass.</summary>
    public TestData Delete(string key) => DeleteItem(DataKind.Flag, key);

    /// <summary>Deletes a segment; nobody is in it then. An unknown key is let pass.</summary>
    public TestData DeleteSegment(string key) => DeleteItem(DataKind.Segment, key);

    /// <summary>
    /// Sets the state of the data source in every client, to rehearse outages. Clients that have data keep it and go on
    /// receiving updates; a client that is started meanwhile has none until the state is Valid. Initializing holds such
    /// clients in their start, and is not told to those that are past it.
    /// </summary>
    /// <param name="state">The state. Off is final for the clients that there are.</param>
    /// <param name="error">The error that goes with Interrupted or Off; its time is the client's own.</param>
    public void UpdateStatus(DataSourceState state, DataSourceError? error = null)
    {
        lock (_gate)
        {
            _state = state;
            _error = error;
            foreach (var client in _clients)
            {
                client.Show(state, error, Snapshot);
            }
        }
    }

    /// <summary>A synchronizer that feeds one client.</summary>
    /// <param name="status">Where the client's state is reported.</param>
    public IDataSynchronizer CreateSynchronizer(IDataSourceStatusReporter status)
    {
        ArgumentNullException.ThrowIfNull(status);
        return new TestDataSynchronizer(this, status);
    }

    internal void Attach(TestDataSynchronizer client)
    {
        lock (_gate)
        {
            _clients.Add(client);
            client.Show(_state, _error, Snapshot);
        }
    }

    internal void Detach(TestDataSynchronizer client)
    {
        lock (_gate)
        {
            _clients.Remove(client);
        }
    }

    /// <summary>How many clients are fed now.</summary>
    internal int ClientCount
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    private static ItemDescriptor Parse(DataKind kind, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return ModelReader.ReadItem(kind, null, Encoding.UTF8.GetBytes(json));
    }

    private DataSet Snapshot() =>
        new([.. _items.Values.OfType<ItemDescriptor<Flag>>()], [.. _items.Values.OfType<ItemDescriptor<Segment>>()]);

    private TestData DeleteItem(DataKind kind, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        lock (_gate)
        {
            if (!_items.TryGetValue((kind, key), out var item) || item.IsTombstone)
            {
                return this;
            }

            var tombstone = ItemDescriptor.Tombstone(kind, key, item.Version + 1);
            _items[(kind, key)] = tombstone;
            Publish([tombstone]);
        }

        return this;
    }

    private T? Find<T>(DataKind kind, string key)
        where T : class => (_items.GetValueOrDefault((kind, key)) as ItemDescriptor<T>)?.Item;

    private ItemDescriptor Stored(Flag flag)
    {
        var version = NextVersion(DataKind.Flag, flag.Key, flag.Version);
        return _items[(DataKind.Flag, flag.Key)] = ItemDescriptor<Flag>.Of(flag.Key, version, flag.WithVersion(version));
    }

    private ItemDescriptor Stored(Segment segment)
    {
        var version = NextVersion(DataKind.Segment, segment.Key, segment.Version);
        return _items[(DataKind.Segment, segment.Key)] = ItemDescriptor<Segment>.Of(segment.Key, version, segment.WithVersion(version));
    }

    private long NextVersion(DataKind kind, string key, long wanted) =>
        Math.Max(wanted, _items.TryGetValue((kind, key), out var known) ? known.Version + 1 : 1);

    // Inside the lock, so that every client sees the updates in one order.
    private void Publish(ImmutableArray<ItemDescriptor> items)
    {
        if (items.IsEmpty)
        {
            return;
        }

        var changes = new ChangeSet(ChangeSetKind.Partial, items, Selector.Empty);
        foreach (var client in _clients)
        {
            client.Write(changes);
        }
    }
}
