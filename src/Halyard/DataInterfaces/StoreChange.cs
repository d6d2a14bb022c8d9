using Halyard.Model;

namespace Halyard;

/// <summary>What a store says may have been written: some items, a kind of items, or anything. Immutable.</summary>
public sealed record StoreChange
{
    private StoreChange(DataKind? kind, IReadOnlyList<string>? keys)
    {
        Kind = kind;
        Keys = keys;
    }

    /// <summary>Anything may have been written, the store's marker included.</summary>
    public static StoreChange Everything { get; } = new(null, null);

    /// <summary>The kind of what was written; null for anything.</summary>
    public DataKind? Kind { get; }

    /// <summary>The keys of what was written; null when it may be any item of the kind.</summary>
    public IReadOnlyList<string>? Keys { get; }

    /// <summary>Some items of the kind were written, it is not known which.</summary>
    public static StoreChange Of(DataKind kind) => new(kind, null);

    /// <summary>These items of the kind were written, and no others.</summary>
    public static StoreChange Of(DataKind kind, params IReadOnlyList<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new(kind, keys);
    }
}
