using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// Carries what a client takes from a service or a store into the repository. While the source is away, the repository
/// keeps the last known data; with a snapshot on disk, a restart begins with it.
/// </summary>
internal sealed class ClientFeed : ISourceFeed
{
    private readonly Lock _carrying = new();
    private readonly FlagRepository _repository;
    private readonly Client _client;
    private readonly ILogger _logger;

    // What the repository was last given. Guarded by _carrying.
    private DataSnapshot? _carried;

    // Guarded by _carrying.
    private Dictionary<(DataKind Kind, string Key), ItemDescriptor> _held = [];

    // The state that was last logged. Guarded by _carrying.
    private DataSourceState _told = DataSourceState.Initializing;

    /// <param name="repository">Where the data goes.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="snapshot">The file that keeps the data over restarts; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="CliException">The source's options cannot work.</exception>
    public ClientFeed(FlagRepository repository, ServedSource source, string? snapshot, TimeProvider time, ILogger logger)
    {
        (_repository, Name, _logger) = (repository, source.Name, logger);
        var options = source.Options;
        options.TimeProvider = time;
        options.Snapshot = snapshot is null ? null : new(snapshot) { Interval = TimeSpan.FromSeconds(1) };
        if (options.DataSystem is LazyLoadOptions store)
        {
            // A store is copied: what it does not announce is found by looking, and every SDK is answered from memory.
            options.DataSystem = DataSystem.FromSynchronizer(context => new StoreSynchronizer(store.Store, context));
        }

        // Whatever comes into the client's memory is told to this store, in order; what it is, the memory says.
        options.WriteThrough = new(new SignalStore(Carry)) { MarkerCheckInterval = Timeout.InfiniteTimeSpan };
        try
        {
            _client = Client.Create(options);
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }
    }

    public string Name { get; }

    public string? Error => _client.DataSourceStatus.Current is { State: not DataSourceState.Valid } status
        ? status.LastError?.Message ?? "No data has come yet."
        : _client.DataSourceStatus.Current.Quarantined is [var first, ..] ? first.Problem : null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _client.DataSourceStatus.Changed += OnStatus;
        await _client.StartAsync(cancellationToken);
        Carry();
        var status = _client.DataSourceStatus.Current;
        if (_repository.IsComplete)
        {
            return;
        }

        if (status.State == DataSourceState.Off || status.LastError is { StatusCode: 401 or 403 or 404 })
        {
            throw new CliException($"{Name} gave no data: {status.LastError?.Message}", ExitCode.NoData);
        }

        ServeLog.SourceWithoutData(_logger, Name, status.LastError?.Message ?? "nothing came in time");
    }

    public ValueTask DisposeAsync()
    {
        _client.DataSourceStatus.Changed -= OnStatus;
        return _client.DisposeAsync();
    }

    private void OnStatus(DataSourceStatus status)
    {
        // What was read from a disk, or confirmed as it was, is no write that a store would be told of.
        Carry();
        lock (_carrying)
        {
            var before = _told;
            _told = status.State;
            if (status.State == before)
            {
                return;
            }

            if (status.State == DataSourceState.Valid)
            {
                ServeLog.SourceDelivers(_logger, Name);
            }
            else if (_repository.IsComplete)
            {
                ServeLog.SourceAway(_logger, Name, status.LastError?.Message ?? "it has ended", _repository.IsComplete ? "the last known data is served" : "SDKs are answered 503");
            }
        }
    }

    private void Carry()
    {
        lock (_carrying)
        {
            var snapshot = _client.Store.Snapshot();
            if (!snapshot.Initialized || ReferenceEquals(snapshot, _carried))
            {
                return;
            }

            var now = new Dictionary<(DataKind Kind, string Key), ItemDescriptor>(_held.Count);
            var changed = new List<ItemDescriptor>();
            foreach (var item in snapshot.AllSegments().Concat<ItemDescriptor>(snapshot.AllFlags()))
            {
                var id = (item.Kind, item.Key);
                now[id] = item;

                if (!_held.TryGetValue(id, out var before) || !IsSame(before, item))
                {
                    changed.Add(item);
                }
            }

            changed.AddRange(_held.Keys.Where(id => !now.ContainsKey(id)).Select(static id => ItemDescriptor.Tombstone(id.Kind, id.Key, 0)));
            _repository.Apply(changed);
            _repository.Complete();

            // Only now: what could not be carried is carried next time.
            (_held, _carried) = (now, snapshot);
        }
    }

    // Items are immutable: what was not sent again is the same object. What was, as after each new connection, says nothing new unless
    // its content is another: an edit made here stays.
    private static bool IsSame(ItemDescriptor before, ItemDescriptor now) =>
        ReferenceEquals(before, now)
        || ItemJson.WithVersion(before.ToUtf8Json(), 0).AsSpan().SequenceEqual(ItemJson.WithVersion(now.ToUtf8Json(), 0));
}
