namespace Halyard;

// Reads with hooks around them; without hooks none of this runs.
public sealed partial class Client
{
    private readonly HookRunner? _hooks;

    /// <summary>The hooks; null when there are none.</summary>
    internal HookRunner? Hooks => _hooks;

    /// <summary>What the service calls the environment, for hooks; null when it has not told.</summary>
    internal string? EnvironmentId => _system.EnvironmentId;

    /// <summary>Reads for the client's own ends: no hook runs, as the application asked for nothing.</summary>
    internal Value ReadUnobserved(string key, Context context, Value defaultValue) =>
        Detail<Value, JsonType>(Evaluate(key, context, out var flag), flag, defaultValue).Value;

    private EvaluationDetail<T> ReadHooked<T, TType>(string key, Context context, T defaultValue, string method)
        where TType : struct, IVariationType<T>
    {
        var series = new EvaluationSeriesContext(key, context, TType.ToValue(defaultValue), method, EnvironmentId);
        var data = _hooks!.BeforeEvaluation(series);
        var detail = Read<T, TType>(key, context, defaultValue, hookedMethod: null);
        _hooks.AfterEvaluation(series, data, new(TType.ToValue(detail.Value), detail.VariationIndex, detail.Reason));
        return detail;
    }

    private async ValueTask<EvaluationDetail<T>> ReadHookedAsync<T, TType>(
        string key, Context context, T defaultValue, string method, CancellationToken cancellationToken)
        where TType : struct, IVariationType<T>
    {
        var series = new EvaluationSeriesContext(key, context, TType.ToValue(defaultValue), method, EnvironmentId);
        var data = _hooks!.BeforeEvaluation(series);

        // Stands when the caller gives up waiting, as a hook must see the end of whatever it saw begin.
        var detail = new EvaluationDetail<T>(defaultValue, null, EvaluationReason.Error(EvaluationErrorKind.Exception));
        try
        {
            detail = await ReadAsync<T, TType>(key, context, defaultValue, cancellationToken, hookedMethod: null).ConfigureAwait(false);
            return detail;
        }
        finally
        {
            _hooks.AfterEvaluation(series, data, new(TType.ToValue(detail.Value), detail.VariationIndex, detail.Reason));
        }
    }
}
