using System.Text.Json.Serialization.Metadata;

namespace Halyard;

/// <summary>Makes flags with a type.</summary>
/// <example><code>
/// static readonly TypedFlag&lt;bool&gt; NewCheckout = TypedFlag.Bool("new-checkout");
/// ...
/// if (client.Variation(NewCheckout, context))
/// </code></example>
public static class TypedFlag
{
    /// <summary>A boolean flag.</summary>
    public static TypedFlag<bool> Bool(string key, bool defaultValue = false) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.BoolVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.BoolVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of texts.</summary>
    public static TypedFlag<string> String(string key, string defaultValue) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.StringVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.StringVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of whole numbers, as <see cref="IHalyardClient.IntVariation"/> reads them.</summary>
    public static TypedFlag<int> Int(string key, int defaultValue) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.IntVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.IntVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of whole numbers of 64 bits.</summary>
    public static TypedFlag<long> Long(string key, long defaultValue) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.LongVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.LongVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of numbers.</summary>
    public static TypedFlag<double> Double(string key, double defaultValue) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.DoubleVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.DoubleVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of any JSON.</summary>
    public static TypedFlag<Value> Json(string key, Value defaultValue = default) => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.JsonVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.JsonVariationDetailAsync(key, context, defaultValue, token));

    /// <summary>A flag of JSON that is an object of the application's own type; each value is parsed once.</summary>
    /// <param name="key">The flag's key.</param>
    /// <param name="defaultValue">Served when there is no better answer.</param>
    /// <param name="typeInfo">How JSON becomes the type, such as <c>MyJsonContext.Default.Limits</c>.</param>
    public static TypedFlag<T> Json<T>(string key, T defaultValue, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new(
            key,
            defaultValue,
            (client, key, context, defaultValue) => client.JsonVariationDetail(key, context, defaultValue, typeInfo),
            (client, key, context, defaultValue, token) => client.JsonVariationDetailAsync(key, context, defaultValue, typeInfo, token));
    }

    /// <summary>A flag that names members of an enumeration.</summary>
    public static TypedFlag<TEnum> Enum<TEnum>(string key, TEnum defaultValue)
        where TEnum : struct, Enum => new(
        key,
        defaultValue,
        static (client, key, context, defaultValue) => client.EnumVariationDetail(key, context, defaultValue),
        static (client, key, context, defaultValue, token) => client.EnumVariationDetailAsync(key, context, defaultValue, token));
}
