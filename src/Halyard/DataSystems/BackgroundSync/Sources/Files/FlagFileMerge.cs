using System.Buffers;
using System.Text.Json;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>One load: makes the items of all files one set, and keeps of those loaded before what has not changed.</summary>
/// <param name="before">The items loaded before.</param>
/// <param name="duplicateKeys">What a key that is defined twice means.</param>
/// <param name="version">The version of new and changed items; null for overrides, which state their own.</param>
/// <param name="errors">Where faults go; what is merged is of use only if there are none.</param>
/// <param name="warnings">Where go what is strange but does no harm.</param>
internal sealed class FlagFileMerge(
    IReadOnlyDictionary<(DataKind, string), LoadedItem> before, DuplicateKeys duplicateKeys, long? version, List<string> errors, List<string> warnings)
{
    /// <summary>The version of an override that states none.</summary>
    private const long UnstatedVersion = 1;

    private readonly Dictionary<(DataKind, string), FlagFileItem> _places = [];

    /// <summary>The items so far.</summary>
    public Dictionary<(DataKind, string), LoadedItem> Items { get; } = [];

    /// <summary>How many of them are new or changed.</summary>
    public int Changed { get; private set; }

    /// <summary>Adds items. Of one key the first counts.</summary>
    public void Add(IReadOnlyCollection<FlagFileItem> items)
    {
        _places.EnsureCapacity(items.Count);
        Items.EnsureCapacity(items.Count);
        foreach (var item in items)
        {
            Add(item);
        }
    }

    private void Add(FlagFileItem item)
    {
        var key = (item.Kind, item.Key);
        if (!_places.TryAdd(key, item))
        {
            if (duplicateKeys == DuplicateKeys.Fail)
            {
                var what = item.Kind == DataKind.Flag ? "flag" : "segment";
                errors.Add($"{item.Place}: the {what} \"{item.Key}\" is defined a second time; the first is in {_places[key].Place}.");
            }

            return;
        }

        // Two items with the same members differ when only one of them has its key wrong.
        var content = ContentHash.Of(item.Members.Span);
        if (before.TryGetValue(key, out var known) && known.Content == content && known.IsMisplaced == item.Problem is not null)
        {
            Items.Add(key, known);
            return;
        }

        var read = Read(item);
        if (version is null && read is MalformedItem bad)
        {
            // A bad override is a bad edit: what was laid over the data before it stays whole.
            errors.Add($"{item.Place}: {bad.Problem}");
            return;
        }

        Items.Add(key, new(content, read, item.Problem is not null));
        Changed++;
        if (read is not MalformedItem)
        {
            warnings.AddRange(DataProblems.Of(read).Select(problem => $"{item.Place}: {item.JsonPath}: {problem}."));
        }
    }

    private ItemDescriptor Read(FlagFileItem item)
    {
        if (item.Problem is { } problem)
        {
            return MalformedItem.Of(item.Kind, item.Key, version, problem, text: [], item.Place);
        }

        var json = new ArrayBufferWriter<byte>(item.Members.Length + item.Key.Length + 40);
        json.Write("{\"key\":"u8);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStringValue(item.Key);
        }

        // A version among the members, which those of overrides may have, comes later and counts.
        json.Write(",\"version\":"u8);
        (version ?? UnstatedVersion).TryFormat(json.GetSpan(20), out var digits, default, System.Globalization.CultureInfo.InvariantCulture);
        json.Advance(digits);
        json.Write(item.Members.Span);
        json.Write("}"u8);
        try
        {
            var reader = new JsonCursor(json.WrittenSpan);
            var read = ModelReader.ReadItem(item.Kind, item.Key, ref reader, item.JsonPath);
            return version is null && read is ItemDescriptor<Flag> { Item: { } flag }
                ? ItemDescriptor<Flag>.Of(read.Key, read.Version, flag.AsOverride())
                : read;
        }
        catch (MalformedDataException fault)
        {
            return MalformedItem.Of(item.Kind, item.Key, version, fault, json.WrittenSpan, item.Place);
        }
    }
}
