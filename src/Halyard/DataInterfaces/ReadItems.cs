using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>A kind as read.</summary>
/// <param name="Items">The items and tombstones, each key once.</param>
/// <param name="MalformedKeys">Keys whose items could not be understood; they have been reported.</param>
internal sealed record ReadItems(IReadOnlyList<ItemDescriptor> Items, IReadOnlyList<string> MalformedKeys)
{
    /// <summary>The store does not hold a complete data set yet; it is to be asked again soon.</summary>
    public static ReadItems Pending { get; } = new([], []);
}
