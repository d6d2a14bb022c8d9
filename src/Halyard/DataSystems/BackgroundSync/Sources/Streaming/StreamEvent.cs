using Halyard.Model;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>What an event of FDv1's stream (<c>put</c>, <c>patch</c>, <c>delete</c>) says.</summary>
/// <param name="DataSet">A complete data set, for <c>put</c>.</param>
/// <param name="Item">An item, for <c>patch</c>; a tombstone, for <c>delete</c>.</param>
internal readonly record struct StreamEvent(DataSet? DataSet, ItemDescriptor? Item)
{
    /// <summary>Whether the event has nothing for a client: an unknown name or path.</summary>
    public bool IsIgnored => DataSet is null && Item is null;
}
