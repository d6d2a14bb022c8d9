using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>The data and what is laid over it, both of one moment. Immutable.</summary>
/// <param name="data">The data as its system holds it.</param>
/// <param name="overrides">What stands in place of items of the same kind and key; null when nothing does.</param>
internal readonly struct DataView(DataSnapshot data, DataSnapshot? overrides)
{
    public DataSnapshot Data => data;

    /// <summary>Holds no tombstones: what is overridden is there.</summary>
    public DataSnapshot? Overrides => overrides;

    /// <summary>Whether a read of the flag can be answered: it is overridden, or the data is complete.</summary>
    public bool CanAnswer(string key) => data.Initialized || Overridden(key) is not null;

    /// <summary>The flag that stands in place of the data's own; null when none does.</summary>
    public Flag? Overridden(string key) => overrides?.Flags.Find(key)?.Item;
}
