using System.Runtime.CompilerServices;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard;

// The typed reads. Each exists as a value, with detail, and in an asynchronous form that may await a persistent store.
public sealed partial class Client
{
    /// <summary>The boolean value of a flag for a context; the default when there is none.</summary>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer; the detail form tells why.</param>
    public bool BoolVariation(string key, Context context, bool defaultValue) =>
        ReadValue<bool, BoolType>(key, context, defaultValue);

    /// <inheritdoc cref="BoolVariation"/>
    /// <returns>The value with its variation index and reason.</returns>
    public EvaluationDetail<bool> BoolVariationDetail(string key, Context context, bool defaultValue) =>
        ReadDetail<bool, BoolType>(key, context, defaultValue);

    /// <inheritdoc cref="BoolVariation"/>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultValue">Served when there is no better answer.</param>
    /// <param name="cancellationToken">Ends the wait for a persistent store.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> BoolVariationAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default) =>
        ReadValueAsync<bool, BoolType>(key, context, defaultValue, cancellationToken);

    /// <inheritdoc cref="BoolVariationAsync"/>
    /// <returns>The value with its variation index and reason.</returns>
    public ValueTask<EvaluationDetail<bool>> BoolVariationDetailAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default) =>
        ReadAsync<bool, BoolType>(key, context, defaultValue, cancellationToken);

    /// <summary>The string value of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariation"/>
    public string StringVariation(string key, Context context, string defaultValue) =>
        ReadValue<string, StringType>(key, context, defaultValue);

    /// <inheritdoc cref="StringVariation"/>
    /// <returns>The value with its variation index and reason.</returns>
    public EvaluationDetail<string> StringVariationDetail(string key, Context context, string defaultValue) =>
        ReadDetail<string, StringType>(key, context, defaultValue);

    /// <summary>The string value of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariationAsync"/>
    public ValueTask<string> StringVariationAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default) =>
        ReadValueAsync<string, StringType>(key, context, defaultValue, cancellationToken);

    /// <inheritdoc cref="StringVariationAsync"/>
    /// <returns>The value with its variation index and reason.</returns>
    public ValueTask<EvaluationDetail<string>> StringVariationDetailAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default) =>
        ReadAsync<string, StringType>(key, context, defaultValue, cancellationToken);

    /// <summary>The number of a flag for a context, cut toward zero and saturated; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariation"/>
    public int IntVariation(string key, Context context, int defaultValue) =>
        ReadValue<int, IntType>(key, context, defaultValue);

    /// <inheritdoc cref="IntVariation"/>
    /// <returns>The value with its variation index and reason.</returns>
    public EvaluationDetail<int> IntVariationDetail(string key, Context context, int defaultValue) =>
        ReadDetail<int, IntType>(key, context, defaultValue);

    /// <summary>The number of a flag for a context, cut toward zero and saturated; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariationAsync"/>
    public ValueTask<int> IntVariationAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default) =>
        ReadValueAsync<int, IntType>(key, context, defaultValue, cancellationToken);

    /// <inheritdoc cref="IntVariationAsync"/>
    /// <returns>The value with its variation index and reason.</returns>
    public ValueTask<EvaluationDetail<int>> IntVariationDetailAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default) =>
        ReadAsync<int, IntType>(key, context, defaultValue, cancellationToken);

    /// <summary>The number of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariation"/>
    public double DoubleVariation(string key, Context context, double defaultValue) =>
        ReadValue<double, DoubleType>(key, context, defaultValue);

    /// <inheritdoc cref="DoubleVariation"/>
    /// <returns>The value with its variation index and reason.</returns>
    public EvaluationDetail<double> DoubleVariationDetail(string key, Context context, double defaultValue) =>
        ReadDetail<double, DoubleType>(key, context, defaultValue);

    /// <summary>The number of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariationAsync"/>
    public ValueTask<double> DoubleVariationAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default) =>
        ReadValueAsync<double, DoubleType>(key, context, defaultValue, cancellationToken);

    /// <inheritdoc cref="DoubleVariationAsync"/>
    /// <returns>The value with its variation index and reason.</returns>
    public ValueTask<EvaluationDetail<double>> DoubleVariationDetailAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default) =>
        ReadAsync<double, DoubleType>(key, context, defaultValue, cancellationToken);

    /// <summary>The value of any JSON type of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariation"/>
    public Value JsonVariation(string key, Context context, Value defaultValue) =>
        ReadValue<Value, JsonType>(key, context, defaultValue);

    /// <inheritdoc cref="JsonVariation"/>
    /// <returns>The value with its variation index and reason.</returns>
    public EvaluationDetail<Value> JsonVariationDetail(string key, Context context, Value defaultValue) =>
        ReadDetail<Value, JsonType>(key, context, defaultValue);

    /// <summary>The value of any JSON type of a flag for a context; the default when there is none.</summary>
    /// <inheritdoc cref="BoolVariationAsync"/>
    public ValueTask<Value> JsonVariationAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default) =>
        ReadValueAsync<Value, JsonType>(key, context, defaultValue, cancellationToken);

    /// <inheritdoc cref="JsonVariationAsync"/>
    /// <returns>The value with its variation index and reason.</returns>
    public ValueTask<EvaluationDetail<Value>> JsonVariationDetailAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default) =>
        ReadAsync<Value, JsonType>(key, context, defaultValue, cancellationToken);

    private EvaluationDetail<T> Read<T, TType>(
        string key, Context context, T defaultValue, bool wantsReason, string? hookedMethod)
        where TType : struct, IVariationType<T>
    {
        if (_hooks is not null && hookedMethod is not null)
        {
            return ReadHooked<T, TType>(key, context, defaultValue, wantsReason, hookedMethod);
        }

        return Report<T, TType>(key, context, _reader.Read(key, context), defaultValue, wantsReason);
    }

    private ValueTask<EvaluationDetail<T>> ReadAsync<T, TType>(
        string key, Context context, T defaultValue, CancellationToken cancellationToken, bool wantsReason = true,
        [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (_hooks is not null && hookedMethod is not null)
        {
            return ReadHookedAsync<T, TType>(key, context, defaultValue, wantsReason, hookedMethod, cancellationToken);
        }

        // Without anything to wait for there is no reason to pay for a state machine.
        var reading = _reader.ReadAsync(key, context, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(Report<T, TType>(key, context, reading.Result, defaultValue, wantsReason))
            : Awaited(reading, key, context, defaultValue, wantsReason);

        async ValueTask<EvaluationDetail<T>> Awaited(
            ValueTask<FlagAnswer> reading, string key, Context context, T defaultValue, bool wantsReason) =>
            Report<T, TType>(key, context, await reading.ConfigureAwait(false), defaultValue, wantsReason);
    }

    private ValueTask<T> ReadValueAsync<T, TType>(
        string key, Context context, T defaultValue, CancellationToken cancellationToken, [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (_hooks is not null)
        {
            var hooked = ReadAsync<T, TType>(key, context, defaultValue, cancellationToken, wantsReason: false, hookedMethod);
            return hooked.IsCompletedSuccessfully ? new(hooked.Result.Value) : AwaitedHooked(hooked);
        }

        if (EvaluatePlain(key, context, out var variation, out _) is { } found)
        {
            return new(ValueOf<T, TType>(found, variation, defaultValue));
        }

        var reading = _reader.ReadAsync(key, context, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(Report<T, TType>(key, context, reading.Result, defaultValue, wantsReason: false).Value)
            : Awaited(reading, key, context, defaultValue);

        static async ValueTask<T> AwaitedHooked(ValueTask<EvaluationDetail<T>> reading) => (await reading.ConfigureAwait(false)).Value;

        async ValueTask<T> Awaited(ValueTask<FlagAnswer> reading, string key, Context context, T defaultValue) =>
            Report<T, TType>(key, context, await reading.ConfigureAwait(false), defaultValue, wantsReason: false).Value;
    }

    private static EvaluationDetail<T> Detail<T, TType>(in EvaluationResult result, Flag? flag, T defaultValue)
        where TType : struct, IVariationType<T>
    {
        if (result.VariationIndex < 0 || flag is null)
        {
            return new(defaultValue, null, result.Reason);
        }

        ref readonly var variation = ref flag.Variations.ItemRef(result.VariationIndex);
        if (TType.TryRead(variation, out var value))
        {
            return new(value, result.VariationIndex, result.Reason);
        }

        return new(defaultValue, null, EvaluationReason.Error(EvaluationErrorKind.WrongType) with { IsOverride = flag.IsOverride });
    }
}
