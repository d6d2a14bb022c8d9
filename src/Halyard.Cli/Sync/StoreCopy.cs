using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Cli;

/// <summary>Makes a store hold exactly the data of one moment.</summary>
internal sealed class StoreCopy(IPersistentStore store, IReadOnlyList<SerializedItem> items, TimeProvider timeProvider)
{
    /// <summary>Items that the store held already, to the letter.</summary>
    public int Unchanged { get; private set; }

    /// <summary>Keys of items that the store held in a newer version, as <c>flag key</c>.</summary>
    public IReadOnlyList<string> Newer { get; private set; } = [];

    /// <summary>Items of the store that the data does not hold; they go.</summary>
    public int Surplus { get; private set; }

    private bool Marked { get; set; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsUpToDate => Marked && Surplus == 0 && Unchanged == items.Count;

    public static SerializedItem[] ItemsOf(DataSnapshot snapshot) => [.. DependencyOrder.Of(snapshot).Select(PersistentStoreWriter.Serialize)];

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
            if (other.SerializedItem.Span.SequenceEqual(item.Item.SerializedItem.Span))
            {
                Unchanged++;
            }
            else if (VersionOf(item, other) > item.Item.Version)
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

    // Some stores keep the version inside the JSON alone.
    private static long VersionOf(SerializedItem item, SerializedItemDescriptor stored)
    {
        try
        {
            return stored.Version != 0 ? stored.Version : ModelReader.ReadItem(item.Kind, item.Key, stored.SerializedItem.Span).Version;
        }
        catch (MalformedDataException)
        {
            return 0;
        }
    }
}
