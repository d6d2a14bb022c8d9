using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// The items of one moment that could not be understood, by kind and key; the last good version of each, if there is one,
/// is among the items as ever. Immutable and part of the <see cref="DataSnapshot"/>, so that an evaluation sees both of one
/// moment; only one that finds no flag looks here.
/// </summary>
internal sealed class Quarantine
{
    /// <summary>How much text is kept in all, in bytes. Beyond it the items are known by their keys alone.</summary>
    public const int MaxTextBytes = 16 << 20;

    private readonly ImmutableDictionary<(DataKind Kind, string Key), MalformedItem> _items;
    private readonly long _textBytes;
    private readonly int _withoutText;

    private Quarantine(ImmutableDictionary<(DataKind Kind, string Key), MalformedItem> items, long textBytes, int withoutText)
    {
        _items = items;
        _textBytes = textBytes;
        _withoutText = withoutText;
    }

    public static Quarantine Empty { get; } = new(ImmutableDictionary<(DataKind Kind, string Key), MalformedItem>.Empty, 0, 0);

    public bool IsEmpty => _items.IsEmpty;

    public int Count => _items.Count;

    /// <summary>The items, in no particular order.</summary>
    public IEnumerable<MalformedItem> Items => _items.Values;

    /// <summary>Whether the text of every item is kept, so that none has to be sent anew to be tried again.</summary>
    public bool HasAllTexts => _withoutText == 0;

    public MalformedItem? Find(DataKind kind, string key) => _items.GetValueOrDefault((kind, key));

    public Quarantine With(MalformedItem item) => With([item]);

    /// <summary>With items added; of one key the last counts.</summary>
    public Quarantine With(IEnumerable<MalformedItem> items)
    {
        var builder = _items.ToBuilder();
        var (bytes, without) = (_textBytes, _withoutText);
        foreach (var item in items)
        {
            var key = (item.Kind, item.Key);
            if (builder.TryGetValue(key, out var before))
            {
                bytes -= before.Text?.Length ?? 0;
                without -= before.Text is null ? 1 : 0;
            }

            var kept = bytes + (item.Text?.Length ?? 0) <= MaxTextBytes ? item : item.WithoutText();
            bytes += kept.Text?.Length ?? 0;
            without += kept.Text is null ? 1 : 0;
            builder[key] = kept;
        }

        return new(builder.ToImmutable(), bytes, without);
    }

    /// <summary>Without the items of these keys.</summary>
    public Quarantine Without(ReadOnlySpan<ItemDescriptor> items)
    {
        var left = this;
        for (var i = 0; i < items.Length && !left.IsEmpty; i++)
        {
            left = left.Without(items[i].Kind, items[i].Key);
        }

        return left;
    }

    /// <summary>Without an item; the same when it does not hold it.</summary>
    public Quarantine Without(DataKind kind, string key)
    {
        if (!_items.TryGetValue((kind, key), out var item))
        {
            return this;
        }

        return _items.Count == 1
            ? Empty
            : new(_items.Remove((kind, key)), _textBytes - (item.Text?.Length ?? 0), _withoutText - (item.Text is null ? 1 : 0));
    }
}
