using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Halyard.Benchmarks.Naive;

/// <summary>The operators of clauses; whatever they need is made anew for each test.</summary>
internal static class NaiveOperators
{
    public static IEnumerable<JsonElement> Elements(JsonElement attribute) =>
        attribute.ValueKind == JsonValueKind.Array ? attribute.EnumerateArray() : [attribute];

    public static bool Test(string op, string attribute, JsonElement value) => value.ValueKind == JsonValueKind.String && TestText(op, attribute, value.GetString()!);

    public static bool Test(string op, JsonElement attribute, JsonElement value)
    {
        if (op is "before" or "after")
        {
            return Instant(attribute) is { } left && Instant(value) is { } right && (op == "before" ? left < right : left > right);
        }

        if (attribute.ValueKind == JsonValueKind.Number && value.ValueKind == JsonValueKind.Number)
        {
            var (left, right) = (attribute.GetDouble(), value.GetDouble());
            return op switch
            {
                "in" => left == right,
                "lessThan" => left < right,
                "lessThanOrEqual" => left <= right,
                "greaterThan" => left > right,
                "greaterThanOrEqual" => left >= right,
                _ => false,
            };
        }

        return attribute.ValueKind == JsonValueKind.String && value.ValueKind == JsonValueKind.String
            ? TestText(op, attribute.GetString()!, value.GetString()!)
            : op == "in" && JsonElement.DeepEquals(attribute, value);
    }

    private static bool TestText(string op, string attribute, string value) => op switch
    {
        "in" => attribute == value,
        "startsWith" => attribute.StartsWith(value, StringComparison.Ordinal),
        "endsWith" => attribute.EndsWith(value, StringComparison.Ordinal),
        "contains" => attribute.Contains(value, StringComparison.Ordinal),
        "matches" => new Regex(value).IsMatch(attribute),
        "semVerEqual" => Compare(attribute, value) == 0,
        "semVerLessThan" => Compare(attribute, value) < 0,
        "semVerGreaterThan" => Compare(attribute, value) > 0,
        _ => false,
    };

    private static DateTimeOffset? Instant(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => DateTimeOffset.FromUnixTimeMilliseconds(value.GetInt64()),
        JsonValueKind.String when DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var instant) => instant,
        _ => null,
    };

    /// <summary>The order of two semantic versions; null when one is none.</summary>
    private static int? Compare(string left, string right)
    {
        var pattern = new Regex(@"^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$");
        var (a, b) = (pattern.Match(left), pattern.Match(right));
        if (!a.Success || !b.Success)
        {
            return null;
        }

        for (var i = 1; i <= 3; i++)
        {
            var order = Number(a.Groups[i]).CompareTo(Number(b.Groups[i]));
            if (order != 0)
            {
                return order;
            }
        }

        return ComparePreRelease(a.Groups[4].Value, b.Groups[4].Value);
    }

    private static long Number(Group group) => group.Success ? long.Parse(group.Value, CultureInfo.InvariantCulture) : 0;

    private static int ComparePreRelease(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            // A release comes after what was before it.
            return right.Length.CompareTo(left.Length);
        }

        var (a, b) = (left.Split('.'), right.Split('.'));
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var isNumber = long.TryParse(a[i], out var x);
            var isOtherNumber = long.TryParse(b[i], out var y);
            var order = isNumber && isOtherNumber ? x.CompareTo(y)
                : isNumber != isOtherNumber ? isOtherNumber.CompareTo(isNumber)
                : string.CompareOrdinal(a[i], b[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length.CompareTo(b.Length);
    }
}
