using System.Globalization;
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

    // A version may be written as 7, 7.0 or 7e0. Read with all its digits, as readers of items do: of two large ones a rounded one
    // would not tell which is newer.
    private static long? WholeNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var version))
        {
            return version;
        }

        if (!decimal.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            // Too large for any version, or too near to zero.
            return reader.TryGetDouble(out var rounded) && Math.Abs(rounded) < 1 ? 0 : null;
        }

        return number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue ? (long)number : null;
    }
}
