namespace Halyard.DataSystems;

/// <summary>What one request to the store is for.</summary>
internal enum StoreReadScope : byte
{
    /// <summary>One item.</summary>
    Item,

    /// <summary>All items of a kind.</summary>
    Kind,

    /// <summary>The marker that says that a complete data set was written.</summary>
    Initialized,
}
