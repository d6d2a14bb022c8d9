using Halyard.Model;

namespace Halyard.Fuzzing.Targets;

/// <summary>A persistent store with one item.</summary>
internal sealed class OneItemReader(SerializedItemDescriptor item) : ISerializedDataReader
{
    public string Identity => "one";

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) => new(item);

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        new(new Dictionary<string, SerializedItemDescriptor> { ["k"] = item });

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask DisposeAsync() => default;
}
