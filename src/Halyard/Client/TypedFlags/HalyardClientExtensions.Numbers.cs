using Halyard.TypedFlags;

namespace Halyard;

// Numbers beside int and double.
public static partial class HalyardClientExtensions
{
    /// <summary>
    /// The number of a flag for a context, cut toward zero and saturated; the default when there is none. Integers beyond 2^53 keep all
    /// their digits.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer; the detail form tells why.</param>
    public static long LongVariation(this IHalyardClient client, string key, Context context, long defaultValue) =>
        client.LongVariationDetail(key, context, defaultValue).Value;

    /// <inheritdoc cref="LongVariation(IHalyardClient, string, Context, long)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static EvaluationDetail<long> LongVariationDetail(this IHalyardClient client, string key, Context context, long defaultValue)
    {
        ArgumentNullException.ThrowIfNull(client);
        return TypedDetail.Long(client.JsonVariationDetail(key, context, Value.Of(defaultValue)), defaultValue);
    }

    /// <inheritdoc cref="LongVariation(IHalyardClient, string, Context, long)"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<long> LongVariationAsync(
        this IHalyardClient client, string key, Context context, long defaultValue, CancellationToken cancellationToken = default)
    {
        var reading = client.LongVariationDetailAsync(key, context, defaultValue, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(reading.Result.Value) : Awaited(reading);

        static async ValueTask<long> Awaited(ValueTask<EvaluationDetail<long>> reading) => (await reading.ConfigureAwait(false)).Value;
    }

    /// <inheritdoc cref="LongVariationAsync(IHalyardClient, string, Context, long, CancellationToken)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static ValueTask<EvaluationDetail<long>> LongVariationDetailAsync(
        this IHalyardClient client, string key, Context context, long defaultValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var reading = client.JsonVariationDetailAsync(key, context, Value.Of(defaultValue), cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(TypedDetail.Long(reading.Result, defaultValue))
            : Awaited(reading, defaultValue);

        static async ValueTask<EvaluationDetail<long>> Awaited(ValueTask<EvaluationDetail<Value>> reading, long defaultValue) =>
            TypedDetail.Long(await reading.ConfigureAwait(false), defaultValue);
    }

    /// <summary>
    /// The number of a flag for a context, rounded to single precision and saturated; the default when there is none.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer; the detail form tells why.</param>
    public static float FloatVariation(this IHalyardClient client, string key, Context context, float defaultValue) =>
        client.FloatVariationDetail(key, context, defaultValue).Value;

    /// <inheritdoc cref="FloatVariation(IHalyardClient, string, Context, float)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static EvaluationDetail<float> FloatVariationDetail(this IHalyardClient client, string key, Context context, float defaultValue)
    {
        ArgumentNullException.ThrowIfNull(client);
        return TypedDetail.Float(client.DoubleVariationDetail(key, context, defaultValue));
    }

    /// <inheritdoc cref="FloatVariation(IHalyardClient, string, Context, float)"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<float> FloatVariationAsync(
        this IHalyardClient client, string key, Context context, float defaultValue, CancellationToken cancellationToken = default)
    {
        var reading = client.FloatVariationDetailAsync(key, context, defaultValue, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(reading.Result.Value) : Awaited(reading);

        static async ValueTask<float> Awaited(ValueTask<EvaluationDetail<float>> reading) => (await reading.ConfigureAwait(false)).Value;
    }

    /// <inheritdoc cref="FloatVariationAsync(IHalyardClient, string, Context, float, CancellationToken)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static ValueTask<EvaluationDetail<float>> FloatVariationDetailAsync(
        this IHalyardClient client, string key, Context context, float defaultValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var reading = client.DoubleVariationDetailAsync(key, context, defaultValue, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(TypedDetail.Float(reading.Result))
            : Awaited(reading);

        static async ValueTask<EvaluationDetail<float>> Awaited(ValueTask<EvaluationDetail<double>> reading) =>
            TypedDetail.Float(await reading.ConfigureAwait(false));
    }
}
