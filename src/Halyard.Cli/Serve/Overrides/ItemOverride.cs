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

    /// <summary>
    /// Reads what a request says: as <see cref="Read(DataKind, string, ReadOnlyMemory{byte})"/>, or <c>{"on":true}</c> and
    /// <c>{"variation":1}</c>, which mean the flag as it is served. So a page need not send back what it could only round.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">The key.</param>
    /// <param name="json">The request.</param>
    /// <param name="served">The item as it is served; null when there is none.</param>
    /// <exception cref="MalformedDataException">It says neither, no such item, or something of a flag that is not there.</exception>
    public static ItemOverride Read(DataKind kind, string key, ReadOnlyMemory<byte> json, RepositoryItem? served)
    {
        using var document = ItemJson.Parse(json);
        if (kind != DataKind.Flag || document.RootElement.EnumerateObject().ToArray() is not [var only] || !(only.NameEquals("on"u8) || only.NameEquals("variation"u8)))
        {
            return Read(kind, key, json);
        }

        if (served?.Json is not { } held)
        {
            throw new MalformedDataException($"There is no flag \"{key}\" to change.", only.Name);
        }

        if (only.NameEquals("on"u8))
        {
            return only.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? new(kind, key, ItemJson.ReadMerged(kind, key, held, json).ToUtf8Json(), IsValue: false)
                : throw new MalformedDataException("on is true or false.", "on");
        }

        using var flag = JsonDocument.Parse(held, ObjectText.AnyDepth);
        return only.Value.ValueKind == JsonValueKind.Number && only.Value.TryGetInt32(out var index) && index >= 0
            && flag.RootElement.TryGetProperty("variations"u8, out var variations) && index < variations.GetArrayLength()
                ? OfValue(key, variations[index])
                : throw new MalformedDataException("variation is the index of one of the flag's variations.", "variation");
    }

    /// <summary>The item to serve in place of the source's.</summary>
    /// <param name="beneath">The source's item; null when it has none.</param>
    public ItemDescriptor Over(ItemDescriptor? beneath)
    {
        if (!IsValue)
        {
            return ItemDescriptor.FromJson(Kind, Key, Json);
        }

        return ItemDescriptor.FromJson(Kind, Key, beneath is ItemDescriptor<Flag> { Item: { } flag } ? Instead(flag, beneath.ToUtf8Json()) : Alone());
    }

    /// <summary>Writes what <see cref="Read(DataKind, string, ReadOnlyMemory{byte})"/> reads.</summary>
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
    private byte[] Instead(Flag flag, byte[] json)
    {
        var value = ((ItemDescriptor<Flag>)ItemDescriptor.FromJson(Kind, Key, Alone())).Item!.Variations[0];
        var index = flag.Variations.IndexOf(value);
        using var document = JsonDocument.Parse(json, ObjectText.AnyDepth);
        var text = new ObjectText();
        var variations = new List<byte[]>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (ObjectText.Is(property, "variations"u8))
            {
                variations.AddRange(property.Value.EnumerateArray().Select(ItemJson.Text));
            }
            else if (!ObjectText.Is(property, "on"u8) && !ObjectText.Is(property, "offVariation"u8))
            {
                text.Copy(property);
            }
        }

        if (index < 0)
        {
            index = variations.Count;
            variations.Add(Json);
        }

        text.Add("on"u8, false);
        text.Add("offVariation"u8, index);
        text.Add("variations"u8, variations);
        return text.End();
    }

    // A flag that the source does not have.
    private byte[] Alone()
    {
        var text = new ObjectText();
        text.Add("key"u8, Key);
        text.Add("version"u8, 1);
        text.Add("on"u8, false);
        text.Add("offVariation"u8, 0);
        text.Add("variations"u8, [Json]);
        return text.End();
    }
}
