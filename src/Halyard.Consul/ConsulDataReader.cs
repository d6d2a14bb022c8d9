using Halyard.Model;

namespace Halyard;

/// <summary>Reads keys; Consul keeps the version inside the JSON alone.</summary>
internal sealed class ConsulDataReader(ConsulKeyValue store) : ISerializedDataReader
{
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

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
