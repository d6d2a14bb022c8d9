using Halyard.TypedFlags;

namespace Halyard;

// Enumerations: by name, or by number.
public static partial class HalyardClientExtensions
{
    /// <summary>
    /// The member of an enumeration that a flag names for a context; the default when there is none, or it names none. Upper and lower case are the
    /// same, and what joins words is left out: <c>north-pay</c> is <c>NorthPay</c>. A number stands for the member that has it.
    /// </summary>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer; the detail form tells why.</param>
    public static TEnum EnumVariation<TEnum>(this IHalyardClient client, string key, Context context, TEnum defaultValue)
        where TEnum : struct, Enum =>
        client.EnumVariationDetail(key, context, defaultValue).Value;

    /// <inheritdoc cref="EnumVariation{TEnum}(IHalyardClient, string, Context, TEnum)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static EvaluationDetail<TEnum> EnumVariationDetail<TEnum>(this IHalyardClient client, string key, Context context, TEnum defaultValue)
        where TEnum : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(client);
        return TypedDetail.Member(client.JsonVariationDetail(key, context, Value.Of(EnumNames<TEnum>.Of(defaultValue))), defaultValue);
    }

    /// <inheritdoc cref="EnumVariation{TEnum}(IHalyardClient, string, Context, TEnum)"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<TEnum> EnumVariationAsync<TEnum>(
        this IHalyardClient client, string key, Context context, TEnum defaultValue, CancellationToken cancellationToken = default)
        where TEnum : struct, Enum
    {
        var reading = client.EnumVariationDetailAsync(key, context, defaultValue, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(reading.Result.Value) : Awaited(reading);

        static async ValueTask<TEnum> Awaited(ValueTask<EvaluationDetail<TEnum>> reading) => (await reading.ConfigureAwait(false)).Value;
    }

    /// <inheritdoc cref="EnumVariationAsync{TEnum}(IHalyardClient, string, Context, TEnum, CancellationToken)"/>
    /// <returns>The value with its variation index and reason; <c>WRONG_TYPE</c> for a value that is not of the type.</returns>
    public static ValueTask<EvaluationDetail<TEnum>> EnumVariationDetailAsync<TEnum>(
        this IHalyardClient client, string key, Context context, TEnum defaultValue, CancellationToken cancellationToken = default)
        where TEnum : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(client);
        var reading = client.JsonVariationDetailAsync(key, context, Value.Of(EnumNames<TEnum>.Of(defaultValue)), cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(TypedDetail.Member(reading.Result, defaultValue))
            : Awaited(reading, defaultValue);

        static async ValueTask<EvaluationDetail<TEnum>> Awaited(ValueTask<EvaluationDetail<Value>> reading, TEnum defaultValue) =>
            TypedDetail.Member(await reading.ConfigureAwait(false), defaultValue);
    }
}
