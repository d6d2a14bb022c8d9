namespace Halyard.DataSystems;

/// <summary>What one request to the store is for.</summary>
internal enum StoreReadScope : byte
{
    Item,
    Kind,
    Initialized,
}
