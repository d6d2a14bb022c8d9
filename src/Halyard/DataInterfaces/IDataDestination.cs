using Halyard.Model;

namespace Halyard;

/// <summary>
/// Where a synchronizer writes. Every call is all-or-nothing: readers see all of its items or none. Calls come from
/// one writer at a time; implementations serialise them if they do not.
/// </summary>
public interface IDataDestination
{
    /// <summary>A short name for logs.</summary>
    string Identity { get; }

    /// <summary>Replaces the whole data set.</summary>
    void Init(DataSet dataSet);

    /// <summary>Stores an item or a tombstone, unless the stored version is the same or newer.</summary>
    /// <returns>Whether it was stored.</returns>
    bool Upsert(DataKind kind, string key, ItemDescriptor item);

    /// <summary>Applies a change set as it is: it is trusted, versions are not compared.</summary>
    void Apply(ChangeSet changeSet);
}
