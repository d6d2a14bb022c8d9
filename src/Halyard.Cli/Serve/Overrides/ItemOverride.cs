using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>What stands in place of the source's item: a whole one, or a value of a flag. Immutable.</summary>
/// <param name="Kind">Flag or segment.</param>
/// <param name="Key">The key.</param>
/// <param name="Json">The item, or the value.</param>
/// <param name="IsValue">Whether it is a value.</param>
internal sealed record ItemOverride(DataKind Kind, string Key, byte[] Json, bool IsValue)
{
    /// <summary>Reads what a request or a state file says: <c>{"value":...}</c>, <c>{"flag":{...}}</c> or <c>{"segment":{...}}</c>.</summary>
    /// <exception cref="MalformedDataException">It says neither, or no such item.</exception>
    public static ItemOverride Read(DataKind kind, string key, ReadOnlyMemory<byte> json)
    {
        using var document = ItemJson.Parse(json);
        var properties = document.RootElement.EnumerateObject().ToArray();
        return properties is [var only] && kind == DataKind.Flag && only.NameEquals("value"u8) ? OfValue(key, only.Value)
            : properties is [var item] && item.NameEquals(kind.Noun()) ? Whole(kind, key, item.Value)
            : throw new MalformedDataException(
                $"One property is expected: {(kind == DataKind.Flag ? "\"value\", or \"flag\" with a whole flag" : "\"segment\" with a whole segment")}.", "");
    }

    /// <summary>The item to serve in place of the source's.</summary>
    /// <param name="beneath">The source's item; null when it has none.</param>
    public ItemDescriptor Over(ItemDescriptor? beneath)
    {
        if (!IsValue)
        {
            return ItemDescriptor.FromJson(Kind, Key, Json);
        }

        using var value = JsonDocument.Parse(Json);
        using var flag = beneath is null ? null : JsonDocument.Parse(beneath.ToUtf8Json());
        return ItemDescriptor.FromJson(Kind, Key, ItemJson.Write(writer => WriteFlag(writer, flag?.RootElement, value.RootElement)));
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(IsValue ? "value" : Kind.Noun());
        writer.WriteRawValue(Json, skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static ItemOverride OfValue(string key, JsonElement value)
    {
        var made = new ItemOverride(DataKind.Flag, key, ItemJson.Text(value), IsValue: true);
        made.Over(null);
        return made;
    }

    private static ItemOverride Whole(DataKind kind, string key, JsonElement item) =>
        new(kind, key, ItemJson.ReadWhole(kind, key, ItemJson.Text(item)).ToUtf8Json(), IsValue: false);

    // Off with the value as what it then serves: everybody gets it, and the rest of the flag is there when the value goes.
    private void WriteFlag(Utf8JsonWriter writer, JsonElement? beneath, JsonElement value)
    {
        var variations = new List<JsonElement>();
        if (beneath is { } flag)
        {
            foreach (var property in flag.EnumerateObject())
            {
                if (property.NameEquals("variations"u8))
                {
                    variations.AddRange(property.Value.EnumerateArray());
                }
                else if (!property.NameEquals("on"u8) && !property.NameEquals("offVariation"u8))
                {
                    property.WriteTo(writer);
                }
            }
        }
        else
        {
            writer.WriteString("key"u8, Key);
            writer.WriteNumber("version"u8, 1);
        }

        var index = variations.FindIndex(variation => JsonElement.DeepEquals(variation, value));
        if (index < 0)
        {
            index = variations.Count;
            variations.Add(value);
        }

        writer.WriteBoolean("on"u8, false);
        writer.WriteNumber("offVariation"u8, index);
        writer.WriteStartArray("variations"u8);
        foreach (var variation in variations)
        {
            writer.WriteRawValue(ItemJson.Text(variation), skipInputValidation: true);
        }

        writer.WriteEndArray();
    }
}
