using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Small edits of an item's JSON that leave everything else in it as it is.</summary>
internal static class ItemJson
{
    // Every item needs a key and a version; a person who types an item by hand may leave them out.
    private const long FirstVersion = 1;

    /// <summary>The same item with another version, on one line.</summary>
    public static byte[] WithVersion(ReadOnlyMemory<byte> json, long version)
    {
        using var document = JsonDocument.Parse(json, ObjectText.AnyDepth);
        var text = new ObjectText();
        var written = false;
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!ObjectText.Is(property, "version"u8))
            {
                text.Copy(property);
            }
            else if (!written)
            {
                text.Add("version"u8, version);
                written = true;
            }
        }

        if (!written)
        {
            text.Add("version"u8, version);
        }

        return text.End();
    }

    /// <summary>Reads a whole item; a missing key or version is filled in.</summary>
    /// <exception cref="MalformedDataException">The text is not an item of this key.</exception>
    public static ItemDescriptor ReadWhole(DataKind kind, string key, ReadOnlyMemory<byte> json)
    {
        using var document = Parse(json);
        return Read(kind, key, Write(writer =>
        {
            var root = document.RootElement;
            if (!root.TryGetProperty("key"u8, out _))
            {
                writer.WriteString("key"u8, key);
            }

            if (!root.TryGetProperty("version"u8, out _))
            {
                writer.WriteNumber("version"u8, FirstVersion);
            }

            foreach (var property in root.EnumerateObject())
            {
                property.WriteTo(writer);
            }
        }));
    }

    /// <summary>Reads an item with some of its top-level properties replaced; a property set to null is removed.</summary>
    /// <exception cref="MalformedDataException">The change is not an object, or the outcome is not an item of this key.</exception>
    public static ItemDescriptor ReadMerged(DataKind kind, string key, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> changes)
    {
        using var document = Parse(json);
        using var merge = Parse(changes);
        return Read(kind, key, Write(writer =>
        {
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!merge.RootElement.TryGetProperty(property.Name, out _))
                {
                    property.WriteTo(writer);
                }
            }

            foreach (var property in merge.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.Null)
                {
                    property.WriteTo(writer);
                }
                else if (property.NameEquals("key"u8) || property.NameEquals("version"u8))
                {
                    throw new MalformedDataException($"{property.Name} cannot be removed.", property.Name);
                }
            }
        }));
    }

    private static ItemDescriptor Read(DataKind kind, string key, byte[] json)
    {
        using (var document = JsonDocument.Parse(json, ObjectText.AnyDepth))
        {
            var stated = document.RootElement.GetProperty("key"u8);
            if (stated.ValueKind != JsonValueKind.String || !stated.ValueEquals(key))
            {
                throw new MalformedDataException($"key is {stated.GetRawText()}, but the address says \"{key}\".", "key");
            }
        }

        var item = ItemDescriptor.FromJson(kind, key, json);
        return item.IsTombstone
            ? throw new MalformedDataException("deleted is true; use DELETE to delete an item.", "deleted")
            : item;
    }

    /// <summary>A value's text, byte by byte.</summary>
    public static byte[] Text(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).ToArray();

    /// <summary>Parses a JSON object that a person wrote.</summary>
    /// <exception cref="MalformedDataException">It is none.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, ObjectText.AnyDepth with { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException exception)
        {
            throw new MalformedDataException($"Not JSON: {exception.Message}", "", exception);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        using (document)
        {
            throw new MalformedDataException("A JSON object is expected.", "");
        }
    }

    /// <summary>Writes an object.</summary>
    /// <param name="properties">Writes what is in it.</param>
    /// <exception cref="MalformedDataException">A text in it is none: it holds half of a surrogate pair.</exception>
    public static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain))
        {
            writer.WriteStartObject();
            try
            {
                properties(writer);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
            {
                throw new MalformedDataException("A text in it is not valid: it holds half of a surrogate pair.", "", exception);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
