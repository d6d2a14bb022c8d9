using System.Text.Json;

namespace Halyard;

/// <summary>Finds the version in an item's JSON without making an item of it.</summary>
internal static class ItemVersion
{
    /// <summary>
    /// The version in an item's JSON; null when there is none to be found, as in a damaged item. Of several the last counts, as
    /// for readers of items.
    /// </summary>
    public static long? Find(ReadOnlySpan<byte> utf8Json)
    {
        long? version = null;
        try
        {
            var reader = new Utf8JsonReader(utf8Json, new JsonReaderOptions { MaxDepth = int.MaxValue });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isVersion = IsVersion(ref reader);
                reader.Read();
                if (isVersion)
                {
                    version = reader.TokenType == JsonTokenType.Number ? WholeNumber(ref reader) : null;
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Damaged: what was found before counts, and without it the caller treats it as an item without a version.
        }

        return version;
    }

    // The platform's reader refuses to compare a name in which half of a surrogate pair is written as an escape.
    private static bool IsVersion(ref Utf8JsonReader name) =>
        name.ValueSpan.IndexOf("\\ud"u8) < 0 && name.ValueSpan.IndexOf("\\uD"u8) < 0 && name.ValueTextEquals("version"u8);

    // A version may be written as 7, 7.0 or 7e0.
    private static long? WholeNumber(ref Utf8JsonReader reader) =>
        reader.TryGetInt64(out var version) ? version
        : reader.TryGetDouble(out var number) && double.IsInteger(number) && Math.Abs(number) < 9e18 ? (long)number
        : null;
}
