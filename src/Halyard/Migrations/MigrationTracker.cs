using Halyard.Evaluation;
using Halyard.Migrations;

namespace Halyard;

/// <summary>
/// Collects the measurements of one operation of a migration, for those who carry it out by their own means;
/// <see cref="Migration{TReadInput, TRead, TWriteInput, TWrite}"/> does all of this by itself. Thread-safe.
/// </summary>
public sealed class MigrationTracker
{
    private readonly Lock _gate = new();
    private readonly MigrationSubject _subject;
    private readonly RatioSampler _sampler;
    private MigrationOperation? _operation;
    private PerOrigin<bool> _invoked;
    private PerOrigin<bool> _failed;
    private PerOrigin<TimeSpan?> _latency;
    private bool? _consistent;

    internal MigrationTracker(MigrationSubject subject, RatioSampler sampler)
    {
        _subject = subject;
        _sampler = sampler;
    }

    internal MigrationSubject Subject => _subject;

    /// <summary>Notes what is done. Without it nothing is reported.</summary>
    public void Operation(MigrationOperation operation)
    {
        lock (_gate)
        {
            _operation = operation;
        }
    }

    /// <summary>Notes that an origin was called. Without any nothing is reported.</summary>
    public void Invoked(MigrationOrigin origin)
    {
        lock (_gate)
        {
            _invoked = _invoked.With(origin, true);
        }
    }

    /// <summary>Notes that an origin failed.</summary>
    public void Failed(MigrationOrigin origin)
    {
        lock (_gate)
        {
            _failed = _failed.With(origin, true);
        }
    }

    /// <summary>Notes how long an origin took; sent in whole milliseconds.</summary>
    public void Latency(MigrationOrigin origin, TimeSpan duration)
    {
        lock (_gate)
        {
            _latency = _latency.With(origin, duration < TimeSpan.Zero ? TimeSpan.Zero : duration);
        }
    }

    /// <summary>Compares both origins' answers, if the flag's check ratio draws this operation; a comparison that throws is not counted.</summary>
    /// <param name="isConsistent">Called at most once, at once.</param>
    public void Consistency(Func<bool> isConsistent)
    {
        ArgumentNullException.ThrowIfNull(isConsistent);
        if (!_sampler.Takes(_subject.Flag?.Migration?.CheckRatio))
        {
            return;
        }

        bool consistent;
        try
        {
            consistent = isConsistent();
        }
        catch (Exception)
        {
            // The application's own comparison must not cost it the operation's result.
            return;
        }

        lock (_gate)
        {
            _consistent = consistent;
        }
    }

    /// <summary>The report; null, with the reason, when what was noted does not make one.</summary>
    internal MigrationOpEvent? Finish(out string? problem)
    {
        lock (_gate)
        {
            problem = this switch
            {
                { _subject.Key: "" } => "the flag's key is empty",
                { _subject.Context: not { IsValid: true } } => "the context is not valid",
                { _operation: null } => "the operation was not noted",
                { _invoked: { Old: false, New: false } } => "no origin was noted as invoked",
                _ => WithoutCall(MigrationOrigin.Old) ?? WithoutCall(MigrationOrigin.New),
            };
            if (problem is null && _consistent is not null && !(_invoked.Old && _invoked.New))
            {
                problem = "a comparison was noted, but not both origins were invoked";
            }

            return problem is not null ? null : new(_subject, _operation!.Value)
            {
                Invoked = _invoked,
                Failed = _failed,
                Latency = _latency,
                Consistent = _consistent,
            };
        }
    }

    private string? WithoutCall(MigrationOrigin origin) =>
        !_invoked[origin] && (_failed[origin] || _latency[origin] is not null)
            ? $"a measurement of the {(origin == MigrationOrigin.Old ? "old" : "new")} origin was noted, but not that it was invoked"
            : null;
}
