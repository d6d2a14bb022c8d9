using Halyard.Model;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// The items loaded last, and how the next load becomes a data set. Items whose content is new or changed get the
/// load's version, which is common to them and higher than every one before; an unchanged item keeps the version it has,
/// and so is not announced as changed (the file format's rule gives every item a new version with each load).
/// Not thread-safe.
/// </summary>
/// <param name="formats">Formats beside JSON.</param>
/// <param name="duplicateKeys">What a key that is defined twice means.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="areOverrides">Whether the items stand in place of others, with the versions that they state themselves.</param>
internal sealed class FlagFileData(IReadOnlyList<IFlagFileFormat> formats, DuplicateKeys duplicateKeys, TimeProvider timeProvider, bool areOverrides = false)
{
    // Versions count seconds since this day, so that they also rise from one process to the next: a peer that this data is
    // served to, or a store it is copied to, holds versions of the process before. An int holds them until 2093.
    private static readonly DateTimeOffset VersionEpoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private Dictionary<(DataKind, string), LoadedItem> _items = [];
    private long _version;
    private bool _loaded;

    /// <summary>Whether a load has succeeded.</summary>
    public bool IsLoaded => _loaded;

    /// <summary>Makes the next data set, or the errors why not; then nothing has changed.</summary>
    public FlagFileLoad Load(IReadOnlyList<FlagFileText> files)
    {
        var errors = new List<string>();
        var warnings = new List<string>();
        var parsed = Parse(files, errors, warnings);
        if (errors.Count != 0)
        {
            return new(null, 0, errors, warnings);
        }

        var version = Math.Max(_version + 1, (long)(timeProvider.GetUtcNow() - VersionEpoch).TotalSeconds);
        var merge = new FlagFileMerge(_items, duplicateKeys, areOverrides ? null : version, errors, warnings);
        merge.Add(parsed);

        // Added and edited items are counted as changed; removed ones show in the number of items.
        if (errors.Count != 0 || (_loaded && merge.Changed == 0 && merge.Items.Count == _items.Count))
        {
            return new(null, 0, errors, warnings);
        }

        return new(Split(merge.Items.Values), merge.Changed, errors, warnings)
        {
            Commit = () =>
            {
                _items = merge.Items;
                _version = version;
                _loaded = true;
            },
        };
    }

    private List<FlagFileItem> Parse(IReadOnlyList<FlagFileText> files, List<string> errors, List<string> warnings)
    {
        var parsed = new List<FlagFileItem>();
        foreach (var file in files)
        {
            if (file.Error is { } error)
            {
                errors.Add(error);
                continue;
            }

            try
            {
                FlagFileParser.Parse(file, formats, areOverrides, parsed, warnings);
            }
            catch (FlagFileException exception)
            {
                errors.Add(exception.Message);
            }
        }

        return parsed;
    }

    private static DataSet Split(Dictionary<(DataKind, string), LoadedItem>.ValueCollection items)
    {
        var flags = new List<ItemDescriptor<Flag>>(items.Count);
        var segments = new List<ItemDescriptor<Segment>>();
        var malformed = new List<MalformedItem>();
        foreach (var (_, item, _) in items)
        {
            switch (item)
            {
                case ItemDescriptor<Flag> flag:
                    flags.Add(flag);
                    break;
                case ItemDescriptor<Segment> segment:
                    segments.Add(segment);
                    break;
                default:
                    malformed.Add((MalformedItem)item);
                    break;
            }
        }

        return new(flags, segments) { Malformed = malformed };
    }
}
