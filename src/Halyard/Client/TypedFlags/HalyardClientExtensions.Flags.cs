namespace Halyard;

// Flags that carry their type.
public static partial class HalyardClientExtensions
{
    /// <summary>The value of a flag for a context; the flag's default when there is none.</summary>
    /// <param name="client">The client.</param>
    /// <param name="flag">The flag.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    public static T Variation<T>(this IHalyardClient client, TypedFlag<T> flag, Context context) => client.VariationDetail(flag, context).Value;

    /// <inheritdoc cref="Variation{T}(IHalyardClient, TypedFlag{T}, Context)"/>
    /// <returns>The value with its variation index and reason.</returns>
    public static EvaluationDetail<T> VariationDetail<T>(this IHalyardClient client, TypedFlag<T> flag, Context context)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(flag);
        return flag.Read(client, flag.Key, context, flag.DefaultValue);
    }

    /// <inheritdoc cref="Variation{T}(IHalyardClient, TypedFlag{T}, Context)"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<T> VariationAsync<T>(this IHalyardClient client, TypedFlag<T> flag, Context context, CancellationToken cancellationToken = default)
    {
        var reading = client.VariationDetailAsync(flag, context, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(reading.Result.Value) : Awaited(reading);

        static async ValueTask<T> Awaited(ValueTask<EvaluationDetail<T>> reading) => (await reading.ConfigureAwait(false)).Value;
    }

    /// <inheritdoc cref="VariationAsync{T}(IHalyardClient, TypedFlag{T}, Context, CancellationToken)"/>
    /// <returns>The value with its variation index and reason.</returns>
    public static ValueTask<EvaluationDetail<T>> VariationDetailAsync<T>(
        this IHalyardClient client, TypedFlag<T> flag, Context context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(flag);
        return flag.ReadAsync(client, flag.Key, context, flag.DefaultValue, cancellationToken);
    }
}
