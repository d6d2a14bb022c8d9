using System.Text.Json.Serialization.Metadata;
using Halyard.TypedFlags;

namespace Halyard;

/// <summary>
/// Reads of flags as further types, over any <see cref="IHalyardClient"/>. Thread-safe; like all reads of flags they never throw, except
/// for arguments that are null.
/// </summary>
public static partial class HalyardClientExtensions
{
    /// <summary>
    /// The JSON of a flag for a context as an object; the default when there is none, or when it is no such object. A value is parsed once and
    /// then shared by all callers, who must not change it, until the flag changes; a repeated read allocates nothing.
    /// </summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer; the detail form tells why.</param>
    /// <param name="typeInfo">
    /// How JSON becomes the type, such as <c>MyJsonContext.Default.Limits</c>; the same object at every call.
    /// </param>
    public static T JsonVariation<T>(this IHalyardClient client, string key, Context context, T defaultValue, JsonTypeInfo<T> typeInfo) =>
        client.JsonVariationDetail(key, context, defaultValue, typeInfo).Value;

    /// <inheritdoc cref="JsonVariation{T}(IHalyardClient, string, Context, T, JsonTypeInfo{T})"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static EvaluationDetail<T> JsonVariationDetail<T>(this IHalyardClient client, string key, Context context, T defaultValue, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return TypedDetail.Json(client.JsonVariationDetail(key, context, Value.Null), defaultValue, typeInfo);
    }

    /// <inheritdoc cref="JsonVariation{T}(IHalyardClient, string, Context, T, JsonTypeInfo{T})"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<T> JsonVariationAsync<T>(
        this IHalyardClient client, string key, Context context, T defaultValue, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        var reading = client.JsonVariationDetailAsync(key, context, defaultValue, typeInfo, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(reading.Result.Value) : Awaited(reading);

        static async ValueTask<T> Awaited(ValueTask<EvaluationDetail<T>> reading) => (await reading.ConfigureAwait(false)).Value;
    }

    /// <inheritdoc cref="JsonVariationAsync{T}(IHalyardClient, string, Context, T, JsonTypeInfo{T}, CancellationToken)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static ValueTask<EvaluationDetail<T>> JsonVariationDetailAsync<T>(
        this IHalyardClient client, string key, Context context, T defaultValue, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(typeInfo);
        var reading = client.JsonVariationDetailAsync(key, context, Value.Null, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(TypedDetail.Json(reading.Result, defaultValue, typeInfo))
            : Awaited(reading, defaultValue, typeInfo);

        static async ValueTask<EvaluationDetail<T>> Awaited(ValueTask<EvaluationDetail<Value>> reading, T defaultValue, JsonTypeInfo<T> typeInfo) =>
            TypedDetail.Json(await reading.ConfigureAwait(false), defaultValue, typeInfo);
    }
}
