using Halyard.Hooks;
using Halyard.Http;

namespace Halyard;

// Reads with hooks around them; without hooks none of this runs.
public sealed partial class Client
{
    private readonly ServiceEnvironment _environment = new();
    private readonly HookRunner? _hooks;

    /// <summary>The hooks; null when there are none.</summary>
    internal HookRunner? Hooks => _hooks;

    /// <summary>What the service calls the environment, for hooks; null when it has not told.</summary>
    internal string? EnvironmentId => _environment.Id;

    private EvaluationDetail<T> ReadHooked<T, TType>(string key, Context context, T defaultValue, bool wantsReason, string method)
        where TType : struct, IVariationType<T>
    {
        var series = new EvaluationSeriesContext(key, context, TType.ToValue(defaultValue), method, EnvironmentId);
        var data = _hooks!.BeforeEvaluation(series);
        var detail = Read<T, TType>(key, context, defaultValue, wantsReason, hookedMethod: null);
        _hooks.AfterEvaluation(series, data, new(TType.ToValue(detail.Value), detail.VariationIndex, detail.Reason));
        return detail;
    }

    private async ValueTask<EvaluationDetail<T>> ReadHookedAsync<T, TType>(
        string key, Context context, T defaultValue, bool wantsReason, string method, CancellationToken cancellationToken)
        where TType : struct, IVariationType<T>
    {
        var series = new EvaluationSeriesContext(key, context, TType.ToValue(defaultValue), method, EnvironmentId);
        var data = _hooks!.BeforeEvaluation(series);

        // What the hook is told when the caller gives up waiting: a hook that saw a read begin must see it end.
        var detail = new EvaluationDetail<T>(defaultValue, null, EvaluationReason.Error(EvaluationErrorKind.Exception));
        try
        {
            detail = await ReadAsync<T, TType>(key, context, defaultValue, cancellationToken, wantsReason, hookedMethod: null).ConfigureAwait(false);
            return detail;
        }
        finally
        {
            _hooks.AfterEvaluation(series, data, new(TType.ToValue(detail.Value), detail.VariationIndex, detail.Reason));
        }
    }

    private MigrationDecision DecideHooked(string key, Context context, MigrationStage defaultStage)
    {
        var (series, data) = Begin(key, context, defaultStage, nameof(MigrationVariation));
        var decision = Decide(key, context, _reader.Read(key, context), defaultStage);
        End(series, data, decision);
        return decision;
    }

    private async ValueTask<MigrationDecision> DecideHookedAsync(
        string key, Context context, MigrationStage defaultStage, CancellationToken cancellationToken)
    {
        var (series, data) = Begin(key, context, defaultStage, nameof(MigrationVariationAsync));
        MigrationDecision? decision = null;
        try
        {
            decision = await DecideAsync(key, context, defaultStage, cancellationToken).ConfigureAwait(false);
            return decision.Value;
        }
        finally
        {
            End(series, data, decision ?? new(defaultStage, EvaluationReason.Error(EvaluationErrorKind.Exception), null!));
        }
    }

    private (EvaluationSeriesContext Series, System.Collections.Immutable.ImmutableDictionary<string, object>[] Data) Begin(
        string key, Context context, MigrationStage defaultStage, string method)
    {
        var series = new EvaluationSeriesContext(key, context, defaultStage.ToText(), method, EnvironmentId);
        return (series, _hooks!.BeforeEvaluation(series));
    }

    private void End(
        EvaluationSeriesContext series, System.Collections.Immutable.ImmutableDictionary<string, object>[] data, in MigrationDecision decision) =>
        _hooks!.AfterEvaluation(series, data, new(decision.Stage.ToText(), decision.Tracker?.Subject.Variation, decision.Reason));
}
