using System.Globalization;

namespace Halyard.TypedFlags;

/// <summary>The members of an enumeration by what flags call them. Immutable, one for each enumeration.</summary>
internal static class EnumNames<T>
    where T : struct, Enum
{
    private const int LongestName = 128;

    private static readonly Dictionary<T, string> Names = [];
    private static readonly Dictionary<double, T> Numbers = [];
    private static readonly Dictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> ByName;

    static EnumNames()
    {
        var byName = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        var names = Enum.GetNames<T>();
        var values = Enum.GetValues<T>();
        for (var i = 0; i < names.Length; i++)
        {
            Names.TryAdd(values[i], names[i]);
            byName.TryAdd(names[i], values[i]);
        }

        // A name as it is written counts before one that is the same but for its joints.
        Span<char> joined = stackalloc char[LongestName];
        for (var i = 0; i < names.Length; i++)
        {
            if (Join(names[i], joined) is > 0 and var length)
            {
                byName.TryAdd(joined[..length].ToString(), values[i]);
            }
        }

        foreach (object number in Enum.GetValuesAsUnderlyingType<T>())
        {
            Numbers.TryAdd(Convert.ToDouble(number, CultureInfo.InvariantCulture), (T)Enum.ToObject(typeof(T), number));
        }

        ByName = byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>A member's name; null for a number that is none.</summary>
    public static string? Of(T value) => Names.GetValueOrDefault(value);

    /// <summary>The member that a value names, by its name or number.</summary>
    public static bool TryRead(in Value value, out T member)
    {
        if (value.AsString is not { } text)
        {
            member = default;
            return value.IsNumber && Numbers.TryGetValue(value.AsDouble, out member);
        }

        if (ByName.TryGetValue(text, out member))
        {
            return true;
        }

        Span<char> joined = stackalloc char[LongestName];
        return Join(text, joined) is > 0 and var length && ByName.TryGetValue(joined[..length], out member);
    }

    /// <summary>Leaves out what joins the words of a name, as in <c>north-pay</c> and <c>North_Pay</c>; 0 for a text that is longer than any name.</summary>
    private static int Join(string text, Span<char> joined)
    {
        var length = 0;
        foreach (var character in text)
        {
            if (character is '-' or '_' or '.' or ' ')
            {
                continue;
            }

            if (length == joined.Length)
            {
                return 0;
            }

            joined[length++] = character;
        }

        return length;
    }
}
