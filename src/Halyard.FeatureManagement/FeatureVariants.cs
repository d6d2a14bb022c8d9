using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>Makes variants of values.</summary>
internal static class FeatureVariants
{
    private const string Root = "Variant";

    /// <summary>
    /// A variant whose name is the value itself where that is a text, a number or a boolean, and otherwise the variation's index; its configuration holds the
    /// value.
    /// </summary>
    public static Variant Of(Value value, int index)
    {
        // Names that differ in their case alone, or hold a colon, may give one path twice: the first counts.
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Flatten(settings, Root, value);
        return new()
        {
            Name = Scalar(value) ?? index.ToString(CultureInfo.InvariantCulture),
            Configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(Root),
        };
    }

    private static string? Scalar(Value value) => value.Kind switch
    {
        ValueKind.String => value.AsString,
        ValueKind.Bool or ValueKind.Number => value.ToString(),
        _ => null,
    };

    private static void Flatten(Dictionary<string, string?> settings, string path, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Array:
                for (var i = 0; i < value.AsArray.Length; i++)
                {
                    Flatten(settings, ConfigurationPath.Combine(path, i.ToString(CultureInfo.InvariantCulture)), value.AsArray[i]);
                }

                break;
            case ValueKind.Object:
                foreach (var (name, member) in value.AsObject)
                {
                    Flatten(settings, ConfigurationPath.Combine(path, name), member);
                }

                break;
            default:
                settings.TryAdd(path, Scalar(value));
                break;
        }
    }
}
