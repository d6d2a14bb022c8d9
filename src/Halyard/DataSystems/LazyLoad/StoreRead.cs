using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>One thing that the store can be asked; the key of a flight.</summary>
internal readonly record struct StoreRead(StoreReadScope Scope, DataKind Kind, string Key)
{
    public static StoreRead Initialized => new(StoreReadScope.Initialized, default, "");

    public static StoreRead All(DataKind kind) => new(StoreReadScope.Kind, kind, "");

    public static StoreRead Item(DataKind kind, string key) => new(StoreReadScope.Item, kind, key);

    /// <summary>The read of a missed item; false when it is not one of this store.</summary>
    public static bool TryOf(in MissedItem miss, out StoreRead read)
    {
        read = Item(miss.Kind == MissKind.Segment ? DataKind.Segment : DataKind.Flag, miss.Key);
        return miss.Kind is MissKind.Flag or MissKind.Segment;
    }

    public override string ToString() => Scope switch
    {
        StoreReadScope.Initialized => "the marker",
        StoreReadScope.Kind => Kind == DataKind.Flag ? "all flags" : "all segments",
        _ => (Kind == DataKind.Flag ? "flag \"" : "segment \"") + Key + "\"",
    };
}
