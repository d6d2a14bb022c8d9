using Halyard.Model;

namespace Halyard;

/// <summary>The flags and segments that a client evaluates, overrides included. Immutable.</summary>
/// <param name="Flags">The flags, without deleted ones.</param>
/// <param name="Segments">The segments, without deleted ones.</param>
internal sealed record ApplicationPageData(IReadOnlyCollection<ItemDescriptor<Flag>> Flags, IReadOnlyCollection<ItemDescriptor<Segment>> Segments)
{
    /// <summary>Reads all of them; a store that is read on demand is asked for them.</summary>
    public static async Task<ApplicationPageData> ReadAsync(IHalyardClient client, CancellationToken cancellationToken)
    {
        var flags = await client.Store.AllFlagsAsync(cancellationToken).ConfigureAwait(false);
        var segments = await client.Store.AllSegmentsAsync(cancellationToken).ConfigureAwait(false);
        return client is Client { Overrides: var overrides }
            ? new(Over(flags, overrides.Flags), Over(segments, overrides.Segments))
            : new(Over(flags, []), Over(segments, []));
    }

    private static Dictionary<string, ItemDescriptor<T>>.ValueCollection Over<T>(IEnumerable<ItemDescriptor<T>> items, IEnumerable<ItemDescriptor<T>> overrides)
        where T : class
    {
        var found = new Dictionary<string, ItemDescriptor<T>>(StringComparer.Ordinal);
        foreach (var item in items.Concat(overrides))
        {
            if (!item.IsTombstone)
            {
                found[item.Key] = item;
            }
        }

        return found.Values;
    }
}
