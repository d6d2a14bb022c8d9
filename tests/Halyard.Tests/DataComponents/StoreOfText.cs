using System.Text;
using Halyard.Model;

namespace Halyard.Tests.LazyLoading;

/// <summary>A store of the texts that a test puts into it.</summary>
internal sealed class StoreOfText : ISerializedDataReader
{
    public Dictionary<(DataKind Kind, string Key), SerializedItemDescriptor> Items { get; } = [];

    public string Identity => "text";

    public void Put(DataKind kind, string key, string text, long version = 0) =>
        Items[(kind, key)] = new(version, false, Encoding.UTF8.GetBytes(text));

    public int LargestBatch => 9;

    public bool LosesLast { get; set; }

    public ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        new([.. keys.Take(LosesLast ? keys.Count - 1 : keys.Count).Select(key => Items.TryGetValue((kind, key), out var item) ? item : (SerializedItemDescriptor?)null)]);

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        new(Items.TryGetValue((kind, key), out var item) ? item : null);

    public bool CanGet => true;

    public SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit) => Items.TryGetValue((kind, key), out var item) ? item : null;

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        new(Items.Where(pair => pair.Key.Kind == kind).ToDictionary(pair => pair.Key.Key, pair => pair.Value));

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask DisposeAsync() => default;
}
