using System.Globalization;
using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Cli;

/// <summary>Makes a store hold exactly the data of one moment.</summary>
/// <param name="store">The store.</param>
/// <param name="items">The data.</param>
/// <param name="versionsMatter">Whether an item in another version counts as changed; not for files, whose every load has versions of its own.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class StoreCopy(IPersistentStore store, IReadOnlyList<SerializedItem> items, bool versionsMatter, TimeProvider timeProvider)
{
    /// <summary>Items that the store held already, to the letter or but for the version.</summary>
    public int Unchanged { get; private set; }

    /// <summary>Keys of items that the store held in a newer version, as <c>flag key</c>.</summary>
    public IReadOnlyList<string> Newer { get; private set; } = [];

    /// <summary>Items of the store that the data does not hold; they go.</summary>
    public int Surplus { get; private set; }

    private bool Marked { get; set; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsUpToDate => Marked && Surplus == 0 && Unchanged == items.Count;

    /// <summary>Compares with what the store holds.</summary>
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        var context = new PersistentStoreContext(NullLoggerFactory.Instance, timeProvider);

        // The writer first: it makes a file that a reader would miss.
        await using (var writer = store.CreateWriter(context))
        {
            Marked = await writer.InitializedAsync(cancellationToken);
        }

        await using var reader = store.CreateReader(context);
        var stored = new Dictionary<DataKind, IReadOnlyDictionary<string, SerializedItemDescriptor>>();
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            stored[kind] = await reader.AllAsync(kind, cancellationToken);
        }

        List<string> newer = [];
        var known = 0;
        foreach (var item in items)
        {
            if (!stored[item.Kind].TryGetValue(item.Key, out var other))
            {
                continue;
            }

            known++;
            var version = VersionOf(item, other);
            if (IsSame(item, other, version))
            {
                Unchanged++;
            }
            else if (version > item.Item.Version)
            {
                newer.Add($"{item.Kind.Noun()} {item.Key}");
            }
        }

        Newer = newer;
        Surplus = stored.Values.Sum(static all => all.Count) - known;
    }

    /// <summary>Replaces what the store holds.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, timeProvider));
        await writer.InitAsync(items, cancellationToken);
    }

    private bool IsSame(SerializedItem item, SerializedItemDescriptor stored, long version) =>
        stored.SerializedItem.Span.SequenceEqual(item.Item.SerializedItem.Span)
        || (!versionsMatter && WithoutVersion(stored, version) == WithoutVersion(item.Item, item.Item.Version));

    // The version comes before all parts that could hold such text.
    private static string WithoutVersion(SerializedItemDescriptor item, long version)
    {
        var text = Encoding.UTF8.GetString(item.SerializedItem.Span);
        var property = string.Create(CultureInfo.InvariantCulture, $"\"version\":{version},");
        var at = text.IndexOf(property, StringComparison.Ordinal);
        return at < 0 ? text : text.Remove(at, property.Length);
    }

    // Some stores keep the version inside the JSON alone.
    private static long VersionOf(SerializedItem item, SerializedItemDescriptor stored)
    {
        try
        {
            return stored.Version != 0 ? stored.Version : ItemDescriptor.FromJson(item.Kind, item.Key, stored.SerializedItem.Span).Version;
        }
        catch (MalformedDataException)
        {
            return 0;
        }
    }
}
