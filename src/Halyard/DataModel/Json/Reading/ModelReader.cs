using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>
/// Reads flags and segments straight from UTF-8. Every method throws <see cref="MalformedDataException"/> with the
/// JSON path of the fault; nothing else escapes.
/// <para>
/// The methods that take a reader serve envelopes. Going in, the reader may be fresh, at the property name before the
/// value, or at the value's first token; coming out, it stands at the value's last token, so that the envelope's own
/// loop goes on with <c>Read()</c>. The whole value must be in the reader's input. Their paths begin with
/// <c>path</c>, the place of the value in its document (<c>data</c> in a stream's <c>put</c>). After a fault the
/// reader's position means nothing.
/// </para>
/// <para>
/// Only <c>version</c> is required, and <c>key</c> of an item that is not deleted; an item of a data set whose key is empty is
/// skipped. Null reads as absent, of a repeated property the last wins, whole numbers may be written as <c>1.0</c>, and unknown
/// properties are kept. What no evaluation reads, such as <c>clientSideAvailability</c>, counts as absent where it has the wrong
/// type, so that no flag is lost to it.
/// </para>
/// </summary>
internal static partial class ModelReader
{
    /// <summary>Reads one item of a kind. A <c>"deleted":true</c> object gives a tombstone, whatever else it holds.</summary>
    /// <param name="kind">Flag or segment.</param>
    /// <param name="key">
    /// The key under which the item stood; null takes the item's own. It names the descriptor, because it is what
    /// look-ups use; the item keeps the key written inside it, which bucketing hashes.
    /// </param>
    /// <param name="utf8Json">The item; a byte order mark is skipped.</param>
    public static ItemDescriptor ReadItem(DataKind kind, string? key, ReadOnlySpan<byte> utf8Json)
    {
        var reader = new JsonCursor(JsonWalk.WithoutMark(utf8Json));
        return ReadItem(kind, key, ref reader, "", toTheEnd: true);
    }

    /// <summary>Reads one item inside an envelope; see the class for where the reader stands.</summary>
    /// <param name="kind">Flag or segment.</param>
    /// <param name="key">The key under which the item stood; null takes the item's own.</param>
    /// <param name="reader">The envelope's reader.</param>
    /// <param name="path">The path of the item in its document, with which a fault's path begins.</param>
    public static ItemDescriptor ReadItem(DataKind kind, string? key, ref JsonCursor reader, string path = "") =>
        ReadItem(kind, key, ref reader, path, toTheEnd: false);

    /// <summary>
    /// Reads one item inside an envelope that is sound whatever the item is: one that cannot be understood comes back as a
    /// <see cref="MalformedItem"/>, with a path from the root of a data set, and the reader goes on behind it. Text that is
    /// not JSON is a fault all the same.
    /// </summary>
    /// <param name="kind">Flag or segment.</param>
    /// <param name="key">The key under which the item stood.</param>
    /// <param name="reader">The envelope's reader, at the item's first token.</param>
    /// <param name="version">The version that counts if the item cannot be understood; null takes the one inside it.</param>
    public static ItemDescriptor ReadItemOrMalformed(DataKind kind, string key, ref JsonCursor reader, long? version = null)
    {
        var start = reader;
        try
        {
            return ReadItem(kind, key, ref reader, "", toTheEnd: false);
        }
        catch (MalformedDataException fault) when (fault.InnerException is null)
        {
            reader = start;
            return MalformedAt(kind, key, version, ref reader);
        }
    }

    /// <summary>
    /// Reads <c>{"flags":{...},"segments":{...}}</c>; unknown members are skipped, and segments may be absent. An object
    /// without flags is no data set, whatever else it is: a proxy's message would otherwise empty every flag. An item that
    /// cannot be understood is among the malformed ones. A byte order mark is skipped.
    /// </summary>
    public static DataSet ReadDataSet(ReadOnlySpan<byte> utf8Json) => JsonWalk.Document(utf8Json, DataSetAt);

    /// <summary>Reads a data set inside an envelope, such as a stream's <c>put</c>; see the class for where the reader stands.</summary>
    /// <param name="reader">The envelope's reader.</param>
    /// <param name="path">The path of the data set in its document, with which a fault's path begins.</param>
    public static DataSet ReadDataSet(ref JsonCursor reader, string path = "") =>
        JsonWalk.Located(ref reader, path, DataSetAt);

    /// <summary>
    /// Reads the next item of a data set's open <c>flags</c> into the scratch's flags; false at their end. For text that
    /// comes in parts. Faults are those that <see cref="JsonFault"/> locates.
    /// </summary>
    public static bool NextFlag(ref JsonCursor reader, ReadScratch scratch) =>
        NextItem(ref reader, scratch, scratch.FlagItems, FlagAt);

    /// <summary><see cref="NextFlag"/> for <c>segments</c>.</summary>
    public static bool NextSegment(ref JsonCursor reader, ReadScratch scratch) =>
        NextItem(ref reader, scratch, scratch.SegmentItems, SegmentAt);

    // JsonWalk.Located written out, because a delegate could carry the key only in a closure, which would be allocated.
    private static ItemDescriptor ReadItem(DataKind kind, string? key, ref JsonCursor reader, string path, bool toTheEnd)
    {
        var start = reader;
        var scratch = ReadScratch.Rent();
        try
        {
            JsonWalk.MoveToValue(ref reader);
            ItemDescriptor? item = kind == DataKind.Flag
                ? ItemAt(ref reader, scratch, key, FlagAt)
                : ItemAt(ref reader, scratch, key, SegmentAt);
            if (item is null)
            {
                throw JsonFault.At(ref reader, "the key must not be empty");
            }

            if (toTheEnd)
            {
                JsonWalk.ExpectEnd(ref reader);
            }

            scratch.Return();
            return item;
        }
        catch (Exception fault) when (JsonFault.IsFault(fault))
        {
            scratch.ReturnFaulty();
            throw JsonFault.Located(fault, start, path);
        }
    }

    private static DataSet DataSetAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        ItemDescriptor<Flag>[]? flags = null;
        ItemDescriptor<Segment>[] segments = [];
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            if (name.SequenceEqual("flags"u8))
            {
                scratch.Malformed.Forget(DataKind.Flag);
                flags = Items(ref reader, scratch, scratch.FlagItems, FlagAt);
            }
            else if (name.SequenceEqual("segments"u8))
            {
                scratch.Malformed.Forget(DataKind.Segment);
                segments = Items(ref reader, scratch, scratch.SegmentItems, SegmentAt) ?? [];
            }
            else
            {
                JsonWalk.SkipMember(ref reader);
            }
        }

        return flags is null
            ? throw NoFlags(ref reader)
            : DataSetOf(flags, segments, scratch);
    }

    /// <summary>A data set of what was read, with the malformed items that the scratch has gathered.</summary>
    public static DataSet DataSetOf(ItemDescriptor<Flag>[] flags, ItemDescriptor<Segment>[] segments, ReadScratch scratch) =>
        new(ImmutableCollectionsMarshal.AsImmutableArray(flags), ImmutableCollectionsMarshal.AsImmutableArray(segments))
        {
            Malformed = scratch.Malformed.Take(),
        };

    /// <summary>The good items of a kind that was read to its end; of each key the last counts, be it good or malformed.</summary>
    public static ItemDescriptor<T>[] TakeItems<T>(ReadScratch scratch, ReadBuffer<ItemDescriptor<T>> buffer)
        where T : class => RepeatedKeys.LastOfEach(scratch.Malformed.Settle(buffer.Take(0)));

    /// <summary>The fault of an object that ends at the reader without having had flags.</summary>
    public static JsonFault NoFlags(ref JsonCursor reader) => JsonFault.At(ref reader, "the object has no \"flags\", so it is no data set");

    /// <summary>The items of the member at the reader; null when it is null.</summary>
    private static ItemDescriptor<T>[]? Items<T>(
        ref JsonCursor reader, ReadScratch scratch, ReadBuffer<ItemDescriptor<T>> buffer, KeyedReader<T> read)
        where T : class
    {
        if (!JsonWalk.NextValue(ref reader))
        {
            return null;
        }

        JsonWalk.ExpectObject(ref reader);
        while (NextItem(ref reader, scratch, buffer, read))
        {
        }

        return TakeItems(scratch, buffer);
    }

    private static bool NextItem<T>(
        ref JsonCursor reader, ReadScratch scratch, ReadBuffer<ItemDescriptor<T>> buffer, KeyedReader<T> read)
        where T : class
    {
        if (!JsonWalk.NextMember(ref reader))
        {
            return false;
        }

        var key = scratch.String(ref reader);
        if (key.Length == 0)
        {
            // Nobody can ask for it.
            JsonWalk.SkipMember(ref reader);
            return true;
        }

        JsonWalk.Next(ref reader);
        var start = reader;
        try
        {
            if (ItemAt(ref reader, scratch, key, read) is { } item)
            {
                buffer.Add(item);
            }
        }
        catch (JsonFault)
        {
            scratch.DropItem();
            reader = start;
            scratch.Malformed.Add(MalformedAt(KindOf<T>(), key, null, ref reader), buffer.Count);
        }

        return true;
    }

    private static DataKind KindOf<T>() => typeof(T) == typeof(Flag) ? DataKind.Flag : DataKind.Segment;

    // Reads an item that has a fault once more: only now the fault's place and the item's text are needed.
    private static MalformedItem MalformedAt(DataKind kind, string key, long? version, ref JsonCursor reader)
    {
        var start = reader;
        var path = JsonPath.Member(kind == DataKind.Flag ? "flags" : "segments", key);
        var fault = FaultAt(kind, key, reader, path);
        reader.Skip();
        if (reader.TokenType == JsonTokenType.Number)
        {
            // A number ends with what follows it: where the text comes in parts, the rest of it may not be there yet.
            var next = reader;
            next.Read();
        }

        return MalformedItem.Of(kind, key, version, fault, reader.TextSince(start));
    }

    private static MalformedDataException FaultAt(DataKind kind, string key, JsonCursor reader, string path)
    {
        try
        {
            ReadItem(kind, key, ref reader, path, toTheEnd: false);
            throw new UnreachableException("An item that was malformed can be read.");
        }
        catch (MalformedDataException fault)
        {
            return fault;
        }
    }

    // Null is an item that is skipped.
    private static ItemDescriptor<T>? ItemAt<T>(ref JsonCursor reader, ReadScratch scratch, string? key, KeyedReader<T> read)
        where T : class
    {
        var start = reader;
        try
        {
            return read(ref reader, scratch, key);
        }
        catch (JsonFault)
        {
            // Members of a deleted item do not matter, even when they have the wrong shape. The mark of deletion may be the
            // last member, so the item is searched for it only after a fault.
            if (TombstoneAt<T>(ref start, scratch, key) is not { } tombstone)
            {
                throw;
            }

            scratch.DropItem();
            reader = start;
            return tombstone;
        }
    }

    private static ItemDescriptor<T>? TombstoneAt<T>(ref JsonCursor reader, ReadScratch scratch, string? key)
        where T : class
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var deleted = false;
        long? version = null;
        string? own = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            if (name.SequenceEqual("deleted"u8))
            {
                JsonWalk.Next(ref reader);
                deleted = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (name.SequenceEqual("version"u8))
            {
                version = JsonWalk.Int64(ref reader);
            }
            else if (name.SequenceEqual("key"u8) && key is null)
            {
                own = JsonWalk.String(ref reader, scratch);
            }
            else
            {
                JsonWalk.SkipMember(ref reader);
            }
        }

        return deleted ? Tombstone<T>(ref reader, key, own, version) : null;
    }

    // The three shapes of a tombstone: without a key, with its key, and with "$deleted" in the key's place.
    private static ItemDescriptor<T> Tombstone<T>(ref JsonCursor reader, string? key, string? own, long? version)
        where T : class
    {
        key ??= own == "$deleted" ? null : own;
        if (string.IsNullOrEmpty(key))
        {
            throw JsonFault.At(ref reader, "the deleted item names no key");
        }

        return ItemDescriptor<T>.Tombstone(key, version ?? throw Missing(ref reader, "version"));
    }

    private static JsonFault Missing(ref JsonCursor reader, string name) =>
        JsonFault.At(ref reader, $"the required property '{name}' is missing");

    // Reads an item whole or as a tombstone; the key is the one under which it stands. Null is one whose own key is empty.
    private delegate ItemDescriptor<T>? KeyedReader<T>(ref JsonCursor reader, ReadScratch scratch, string? key)
        where T : class;

    // An item's own key is nearly always the one it stands under, and then needs no second string.
    private static string? OwnKey(ref JsonCursor reader, ReadScratch scratch, string? key)
    {
        if (!JsonWalk.NextValue(ref reader))
        {
            return null;
        }

        JsonWalk.ExpectString(ref reader);
        return key is not null && System.Text.Ascii.Equals(scratch.Text(ref reader), key) ? key : scratch.String(ref reader);
    }

    // A live item needs a key of its own, even when the outer key names its descriptor.
    private static string RequiredKey(ref JsonCursor reader, string? own) => own ?? throw Missing(ref reader, "key");

    /// <summary>The members that flags and segments have in common, and those that nobody knows.</summary>
    private struct ItemHead
    {
        public string? Key;
        public long? Version;
        public bool IsDeleted;
        public string? Salt;
        public List<KeyValuePair<string, byte[]>>? Unknown;

        /// <summary>Takes the member at whose name the reader stands, which is none of the item's other ones.</summary>
        public void Take(ref JsonCursor reader, ReadScratch scratch, scoped ReadOnlySpan<byte> name, string? outerKey)
        {
            switch (name.Length)
            {
                case 3 when name.SequenceEqual("key"u8):
                    Key = OwnKey(ref reader, scratch, outerKey);
                    break;
                case 4 when name.SequenceEqual("salt"u8):
                    Salt = JsonWalk.String(ref reader, scratch);
                    break;
                case 7 when name.SequenceEqual("version"u8):
                    Version = JsonWalk.Int64(ref reader);
                    break;
                case 7 when name.SequenceEqual("deleted"u8):
                    IsDeleted = JsonWalk.Bool(ref reader);
                    break;
                default:
                    JsonWalk.Keep(ref reader, scratch, ref Unknown);
                    break;
            }
        }
    }
}
