using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>What differs between two maps of items.</summary>
internal static class ItemDifference
{
    /// <summary>Adds the items that are live on one side only, or live on both and not the same.</summary>
    /// <param name="before">The one side.</param>
    /// <param name="after">The other.</param>
    /// <param name="areSame">Whether two live items of one key are the same.</param>
    /// <param name="changed">Where the items go.</param>
    public static void Add<T>(
        ItemMap<ItemDescriptor<T>> before,
        ItemMap<ItemDescriptor<T>> after,
        Func<ItemDescriptor<T>, ItemDescriptor<T>, bool> areSame,
        List<ItemDescriptor> changed)
        where T : class
    {
        foreach (var item in after)
        {
            var old = before.Find(item.Key);
            if (item.Item is null ? old?.Item is not null : old?.Item is null || !areSame(old, item))
            {
                changed.Add(item);
            }
        }

        foreach (var item in before)
        {
            if (item.Item is not null && after.Find(item.Key) is null)
            {
                changed.Add(item);
            }
        }
    }
}
