using Halyard.Evaluation;
using Halyard.Migrations;

namespace Halyard;

public sealed partial class Client
{
    private static readonly RatioSampler UnreportedSampler = new();

    internal TimeProvider TimeProvider => _timeProvider;

    internal Microsoft.Extensions.Logging.ILogger Logger => _logger;

    /// <summary>
    /// The stage of a migration flag for a context; the default when there is none, or the flag's value is no stage.
    /// <see cref="Migration{TReadInput, TRead, TWriteInput, TWrite}"/> does what the stage says by itself.
    /// </summary>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultStage">Served when there is no better answer.</param>
    public MigrationDecision MigrationVariation(string key, Context context, MigrationStage defaultStage)
    {
        if (_hooks is not null)
        {
            return DecideHooked(key, context, defaultStage);
        }

        return Decide(key, context, _reader.Read(key, context), defaultStage);
    }

    /// <inheritdoc cref="MigrationVariation"/>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultStage">Served when there is no better answer.</param>
    /// <param name="cancellationToken">Ends the wait for a persistent store.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<MigrationDecision> MigrationVariationAsync(
        string key, Context context, MigrationStage defaultStage, CancellationToken cancellationToken = default) =>
        _hooks is null
            ? DecideAsync(key, context, defaultStage, cancellationToken)
            : DecideHookedAsync(key, context, defaultStage, cancellationToken);

    private ValueTask<MigrationDecision> DecideAsync(string key, Context context, MigrationStage defaultStage, CancellationToken cancellationToken)
    {
        var reading = _reader.ReadAsync(key, context, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Decide(key, context, reading.Result, defaultStage)) : Awaited(reading);

        async ValueTask<MigrationDecision> Awaited(ValueTask<FlagAnswer> reading) =>
            Decide(key, context, await reading.ConfigureAwait(false), defaultStage);
    }

    /// <summary>Reports an operation of a migration. Does nothing when events are off; a tracker that says too little is a warning in the log.</summary>
    public void TrackMigration(MigrationTracker tracker)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        if (_events is null)
        {
            return;
        }

        if (tracker.Finish(out var problem) is { } operation)
        {
            _events.Track(operation, tracker.Subject.Context);
        }
        else
        {
            _events.Refuse(tracker.Subject.Key, problem!);
        }
    }

    private MigrationDecision Decide(string key, Context context, in FlagAnswer answer, MigrationStage defaultStage)
    {
        var detail = Report<string, StringType>(key, context, answer, defaultStage.ToText(), wantsReason: false);
        var (stage, variation, reason) = (defaultStage, detail.VariationIndex, detail.Reason);
        if (!MigrationStages.TryParse(detail.Value, out stage))
        {
            ClientLog.NoSuchStage(_logger, key, detail.Value);
            (stage, variation, reason) = (defaultStage, null, EvaluationReason.Error(EvaluationErrorKind.WrongType) with { IsOverride = reason.IsOverride });
        }

        var subject = new MigrationSubject(key ?? "", answer.Flag, context, stage, defaultStage, variation, reason);
        return new(stage, reason, new(subject, _events?.Sampler ?? UnreportedSampler));
    }
}
