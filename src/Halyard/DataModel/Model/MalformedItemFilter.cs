namespace Halyard.Model;

/// <summary>Parts the items that could be understood from those that could not.</summary>
internal static class MalformedItemFilter
{
    public static bool ContainsMalformed(this ReadOnlySpan<ItemDescriptor> items)
    {
        foreach (var item in items)
        {
            if (item is MalformedItem)
            {
                return true;
            }
        }

        return false;
    }

    public static ReadOnlySpan<ItemDescriptor> WithoutMalformed(this ReadOnlySpan<ItemDescriptor> items)
    {
        var good = new List<ItemDescriptor>(items.Length);
        foreach (var item in items)
        {
            if (item is not MalformedItem)
            {
                good.Add(item);
            }
        }

        return good.ToArray();
    }
}
