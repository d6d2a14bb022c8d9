using System.Buffers;
using System.Text.Json;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// The items loaded last, and how the next load becomes a data set. Items whose content is new or changed get the
/// load's version, which is common to them and higher than every one before; an unchanged item keeps the version it has,
/// and so is not announced as changed (the file format's rule gives every item a new version with each load).
/// Not thread-safe.
/// </summary>
internal sealed class FlagFileData(IReadOnlyList<IFlagFileFormat> formats, DuplicateKeys duplicateKeys, TimeProvider timeProvider)
{
    // Versions count seconds since this day, so that they also rise from one process to the next: a peer that this data is
    // served to, or a store it is copied to, holds versions of the process before. An int holds them until 2093.
    private static readonly DateTimeOffset VersionEpoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private Dictionary<(DataKind, string), (UInt128 Content, ItemDescriptor Item)> _items = [];
    private long _version;
    private bool _loaded;

    /// <summary>Whether a load has succeeded.</summary>
    public bool IsLoaded => _loaded;

    /// <summary>Makes the next data set, or the errors why not; then nothing has changed.</summary>
    public FlagFileLoad Load(IReadOnlyList<FlagFileText> files)
    {
        var errors = new List<string>();
        var warnings = new List<string>();
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
                FlagFileParser.Parse(file, formats, parsed, warnings);
            }
            catch (FlagFileException exception)
            {
                errors.Add(exception.Message);
            }
        }

        if (errors.Count != 0)
        {
            return new(null, 0, errors, warnings);
        }

        var version = Math.Max(_version + 1, (long)(timeProvider.GetUtcNow() - VersionEpoch).TotalSeconds);
        var items = new Dictionary<(DataKind, string), (UInt128 Content, ItemDescriptor Item)>(parsed.Count);
        var places = new Dictionary<(DataKind, string), FlagFileItem>(parsed.Count);
        var changed = 0;
        foreach (var item in parsed)
        {
            var key = (item.Kind, item.Key);
            if (!places.TryAdd(key, item))
            {
                if (duplicateKeys == DuplicateKeys.Fail)
                {
                    var what = item.Kind == DataKind.Flag ? "flag" : "segment";
                    errors.Add($"{item.Place}: the {what} \"{item.Key}\" is defined a second time; the first is in {places[key].Place}.");
                }

                continue;
            }

            try
            {
                var content = ContentHash.Of(item.Members.Span);
                if (_items.TryGetValue(key, out var known) && known.Content == content)
                {
                    items.Add(key, known);
                }
                else
                {
                    var read = Read(item, version);
                    items.Add(key, (content, read));
                    changed++;
                    warnings.AddRange(DataProblems.Of(read).Select(problem => $"{item.Place}: {item.JsonPath}: {problem}."));
                }
            }
            catch (MalformedDataException exception)
            {
                errors.Add($"{item.Place}: {exception.Message}");
            }
        }

        if (errors.Count != 0)
        {
            return new(null, 0, errors, warnings);
        }

        // Added and edited items are counted; removed ones show in the number of items.
        if (_loaded && changed == 0 && items.Count == _items.Count)
        {
            return new(null, 0, errors, warnings);
        }

        var flags = new List<ItemDescriptor<Flag>>(items.Count);
        var segments = new List<ItemDescriptor<Segment>>();
        foreach (var (_, item) in items.Values)
        {
            if (item is ItemDescriptor<Flag> flag)
            {
                flags.Add(flag);
            }
            else
            {
                segments.Add((ItemDescriptor<Segment>)item);
            }
        }

        return new(new DataSet(flags, segments), changed, errors, warnings)
        {
            Commit = () =>
            {
                _items = items;
                _version = version;
                _loaded = true;
            },
        };
    }

    private static ItemDescriptor Read(FlagFileItem item, long version)
    {
        var json = new ArrayBufferWriter<byte>(item.Members.Length + item.Key.Length + 40);
        json.Write("{\"key\":"u8);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStringValue(item.Key);
        }

        json.Write(",\"version\":"u8);
        version.TryFormat(json.GetSpan(20), out var digits, default, System.Globalization.CultureInfo.InvariantCulture);
        json.Advance(digits);
        json.Write(item.Members.Span);
        json.Write("}"u8);
        var reader = new JsonCursor(json.WrittenSpan);
        return ModelReader.ReadItem(item.Kind, item.Key, ref reader, item.JsonPath);
    }
}
