using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// Takes everything from a persistent store again and again. The pause between two looks grows with what a look costs, so
/// that the store spends at most a tenth of its time on this.
/// </summary>
internal sealed class StoreSynchronizer : IDataSynchronizer
{
    private const int PauseForEachLook = 9;
    private const int MostMalformed = 1000;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(30);

    private readonly ISerializedDataReader _reader;
    private readonly DataSourceContext _context;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<(DataKind Kind, string Key, long Version)> _malformed = [];

    // Touched by the loop alone: what was read last, and what it was made into.
    private Dictionary<(DataKind Kind, string Key), Held> _held = [];
    private Task? _work;

    public StoreSynchronizer(IPersistentStore store, DataSourceContext context)
    {
        _context = context;
        _logger = context.LoggerFactory.CreateLogger("Halyard.Serve");
        _reader = store.CreateReader(new(context.LoggerFactory, context.TimeProvider));
    }

    public string Identity => _reader.Identity;

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        _work ??= Task.Run(() => FollowAsync(destination), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_work is not null)
        {
            await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _reader.DisposeAsync();
        _ending.Dispose();
    }

    private async Task FollowAsync(IDataDestination destination)
    {
        var first = true;
        while (!_ending.IsCancellationRequested)
        {
            var began = _context.TimeProvider.GetTimestamp();
            try
            {
                using var limit = new CancellationTokenSource(LookTimeout, _context.TimeProvider);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, limit.Token);
                if (await LookAsync(either.Token) is { } data)
                {
                    if (data.Changed || first)
                    {
                        destination.Init(data.Set);
                        first = false;
                    }

                    // Only now: what could not be carried is carried after the next look.
                    _held = data.Held;

                    _context.Status.ReportValid();
                }
                else
                {
                    _context.Status.ReportUnexpected(DataSourceErrorKind.StoreError, "It holds no flags; halyard sync fills a store.");
                }
            }
            catch (Exception) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                _context.Status.ReportInterrupted(DataSourceErrorKind.StoreError, $"It did not answer within {LookTimeout.TotalSeconds} s.");
            }
            catch (Exception exception)
            {
                // Whatever a store's client throws: the last known data is served, and the store asked again.
                _context.Status.ReportInterrupted(DataSourceErrorKind.StoreError, exception.Message);
            }

            var pause = PauseForEachLook * _context.TimeProvider.GetElapsedTime(began);
            pause = pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
            await Task.Delay(pause, _context.TimeProvider, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(DataSet Set, Dictionary<(DataKind Kind, string Key), Held> Held, bool Changed)?> LookAsync(CancellationToken cancellationToken)
    {
        var segments = await _reader.AllAsync(DataKind.Segment, cancellationToken);
        var flags = await _reader.AllAsync(DataKind.Flag, cancellationToken);
        if (flags.Count == 0 && segments.Count == 0 && !await _reader.InitializedAsync(cancellationToken))
        {
            return null;
        }

        var now = new Dictionary<(DataKind Kind, string Key), Held>(flags.Count + segments.Count);
        var set = new DataSet([.. Read<Flag>(DataKind.Flag, flags, now)], [.. Read<Segment>(DataKind.Segment, segments, now)]);
        return (set, now, now.Count != _held.Count || now.Any(pair => !_held.TryGetValue(pair.Key, out var other) || other != pair.Value));
    }

    private IEnumerable<ItemDescriptor<T>> Read<T>(
        DataKind kind, IReadOnlyDictionary<string, SerializedItemDescriptor> items, Dictionary<(DataKind Kind, string Key), Held> now)
        where T : class
    {
        foreach (var (key, item) in items)
        {
            if (item.Deleted)
            {
                continue;
            }

            _held.TryGetValue((kind, key), out var held);
            if (held is null || !held.Json.Span.SequenceEqual(item.SerializedItem.Span))
            {
                try
                {
                    held = new(item.SerializedItem, ItemDescriptor.FromJson(kind, key, item.SerializedItem.Span));
                }
                catch (MalformedDataException exception)
                {
                    // The last good version stays, and one line tells of it.
                    if (_malformed.Count == MostMalformed)
                    {
                        _malformed.Clear();
                    }

                    if (_malformed.Add((kind, key, item.Version)))
                    {
                        ServeLog.Quarantined(_logger, kind.Noun(), key, exception.Message);
                    }
                }
            }

            if (held is not null)
            {
                now[(kind, key)] = held;
                if (held.Item is ItemDescriptor<T> { IsTombstone: false } live)
                {
                    yield return live;
                }
            }
        }
    }

    private sealed record Held(ReadOnlyMemory<byte> Json, ItemDescriptor Item)
    {
        // The same text is read into an object once.
        public bool Equals(Held? other) => ReferenceEquals(Item, other?.Item);

        public override int GetHashCode() => Item.GetHashCode();
    }
}
