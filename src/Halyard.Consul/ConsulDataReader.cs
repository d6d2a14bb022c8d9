using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard;

/// <summary>Reads keys; Consul keeps the version inside the JSON alone.</summary>
internal sealed class ConsulDataReader(ConsulKeyValue store) : ISerializedDataReader, IStoreChangeSource
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    // A prefix that is written all the time is looked at twice a second.
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(500);

    public string Identity => "consul";

    public async ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var found = await store.FindAsync(store.Folder(kind) + key, cancellationToken).ConfigureAwait(false);
        return found is { } entry ? new SerializedItemDescriptor(0, false, entry.Value) : null;
    }

    public async ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        var folder = store.Folder(kind);
        var answer = await store.GetAsync(folder, "recurse", store.BulkTimeout, cancellationToken).ConfigureAwait(false);
        var items = new Dictionary<string, SerializedItemDescriptor>(StringComparer.Ordinal);
        if (answer.IsFound)
        {
            foreach (var entry in store.Read(answer, static body => ConsulJson.Entries(body)))
            {
                // The key that is the folder itself, as Consul's web page makes it, is no item.
                if (entry.Key.Length > folder.Length)
                {
                    items[entry.Key[folder.Length..]] = new(0, false, entry.Value);
                }
            }
        }

        return items;
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => store.HasMarkerAsync("", cancellationToken);

    public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Index 0 is answered at once.
        for (var index = 0UL; ;)
        {
            var begun = store.Time.GetTimestamp();
            var answer = await store.WatchAsync(index, LongestWait, cancellationToken).ConfigureAwait(false);
            if (answer.Index == 0)
            {
                throw new NotSupportedException("it does not say when a key was changed (X-Consul-Index)");
            }

            if (answer.Index != index)
            {
                // An index that went back, as after a restore, is no place to wait from.
                index = answer.Index < index ? 0 : answer.Index;
                yield return StoreChange.Everything;
            }

            var left = ShortestRound - store.Time.GetElapsedTime(begun);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, store.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
