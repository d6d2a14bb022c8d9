using System.Text.Json;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// The quarantine in a snapshot file: the member <c>quarantined</c> at the beginning of its data, an array of
/// <c>{"kind","key","version","item"}</c>. The item's text is in base64, because it may be no valid UTF-8 and may be nested as
/// deeply as a document can be. It is tried again at every load: a later release may understand it.
/// </summary>
internal static class SnapshotQuarantine
{
    private const string Member = "quarantined";

    /// <summary>The state to note in the file: none when an item is missing in it, so that the service sends all anew.</summary>
    public static Selector SelectorOf(DataSnapshot snapshot) => snapshot.Quarantine.HasAllTexts ? snapshot.Selector : Selector.Empty;

    /// <summary>Writes the member, if there is anything to write.</summary>
    public static void Write(Utf8JsonWriter writer, Quarantine quarantine)
    {
        if (quarantine.IsEmpty)
        {
            return;
        }

        writer.WriteStartArray(Member);
        foreach (var item in quarantine.Items)
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, item.Kind == DataKind.Flag ? "flag" : "segment");
            writer.WriteString("key"u8, item.Key);
            if (item.HasVersion)
            {
                writer.WriteNumber("version"u8, item.Version);
            }

            if (item.Text is { } text)
            {
                writer.WriteBase64String("item"u8, text);
            }
            else
            {
                writer.WriteString("path"u8, item.Path);
                writer.WriteString("problem"u8, item.Problem);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Tries the items again.</summary>
    /// <param name="payload">The file's data.</param>
    /// <param name="data">What was read of it.</param>
    /// <returns>The data with those that can be understood now, in place of the versions before them, and with the others.</returns>
    /// <exception cref="MalformedDataException">The member has another shape.</exception>
    public static DataSet Read(ReadOnlySpan<byte> payload, DataSet data)
    {
        var reader = new Utf8JsonReader(payload);
        try
        {
            if (!reader.Read() || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Member))
            {
                return data;
            }

            var items = new List<ItemDescriptor>();
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                items.Add(ReadItem(ref reader));
            }

            return With(data, items);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new MalformedDataException($"The items in quarantine cannot be read: {e.Message}", Member, e);
        }
    }

    private static ItemDescriptor ReadItem(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject);
        DataKind? kind = null;
        string? key = null;
        long? version = null;
        byte[]? text = null;
        var (path, problem) = ("", "");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "kind":
                    kind = reader.ValueTextEquals("flag"u8) ? DataKind.Flag : reader.ValueTextEquals("segment"u8) ? DataKind.Segment : null;
                    break;
                case "key":
                    key = reader.GetString();
                    break;
                case "version":
                    version = reader.GetInt64();
                    break;
                case "item":
                    text = reader.GetBytesFromBase64();
                    break;
                case "path":
                    path = reader.GetString() ?? "";
                    break;
                case "problem":
                    problem = reader.GetString() ?? "";
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Expect(kind is not null && !string.IsNullOrEmpty(key));
        return text is null
            ? MalformedItem.Of(kind!.Value, key!, version, new MalformedDataException(problem, path), text: [])
            : ReadText(kind!.Value, key!, version, text);
    }

    private static ItemDescriptor ReadText(DataKind kind, string key, long? version, byte[] text)
    {
        try
        {
            var reader = new JsonCursor(text);
            reader.Read();
            var item = ModelReader.ReadItemOrMalformed(kind, key, ref reader, version);
            return item is MalformedItem || version is null ? item : item.WithVersion(version.Value);
        }
        catch (Exception e) when (e is MalformedDataException or JsonException)
        {
            return MalformedItem.Of(kind, key, version, e as MalformedDataException ?? new(e.Message, "", e), text);
        }
    }

    private static DataSet With(DataSet data, List<ItemDescriptor> items)
    {
        if (items.Count == 0)
        {
            return data;
        }

        // An item in quarantine is newer than what the data has of its key. Of one that is there twice the last counts.
        var last = new OrderedDictionary<(DataKind, string), ItemDescriptor>();
        foreach (var item in items)
        {
            last[(item.Kind, item.Key)] = item;
        }

        return new(Replaced(data.Flags, last), Replaced(data.Segments, last))
        {
            Malformed = [.. data.Malformed.Where(item => !last.ContainsKey((item.Kind, item.Key))), .. last.Values.OfType<MalformedItem>()],
        };
    }

    // The last good version stays where the newer one is still malformed.
    private static IReadOnlyCollection<ItemDescriptor<T>> Replaced<T>(
        IReadOnlyCollection<ItemDescriptor<T>> before, OrderedDictionary<(DataKind, string), ItemDescriptor> items)
        where T : class
    {
        ItemDescriptor<T>[] good = [.. items.Values.OfType<ItemDescriptor<T>>()];
        return good.Length == 0
            ? before
            : [.. before.Where(item => items.GetValueOrDefault((item.Kind, item.Key)) is null or MalformedItem), .. good];
    }

    private static void Expect(bool holds)
    {
        if (!holds)
        {
            throw new FormatException("the array has another shape");
        }
    }
}
