using Halyard.Evaluation;
using Halyard.Migrations;
using Halyard.Model;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// Something that happened, on its way to the one reader that makes events of it. Pooled. While its flag is being
/// evaluated it also notes the prerequisites evaluated on the way.
/// </summary>
internal sealed class EventRecord : IPrerequisiteListener
{
    private EvaluatedPrerequisite[] _prerequisites = [];
    private int _count;

    public EventKind Kind { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; set; }

    public Context Context { get; set; } = null!;

    /// <summary>The flag's key, or that of a custom event.</summary>
    public string Key { get; set; } = "";

    /// <summary>Null for an unknown flag.</summary>
    public Flag? Flag { get; set; }

    /// <summary>Negative for none.</summary>
    public int Variation { get; set; }

    /// <summary>The value served, or a custom event's data.</summary>
    public Value Value { get; set; }

    public Value Default { get; set; }

    public EvaluationReason Reason { get; set; }

    /// <summary>Whether the caller asked for the reason, so that events tell it too.</summary>
    public bool WantsReason { get; set; }

    public double? Metric { get; set; }

    public MigrationOpEvent? Migration { get; set; }

    public ReadOnlySpan<EvaluatedPrerequisite> Prerequisites => _prerequisites.AsSpan(0, _count);

    public void OnPrerequisite(Flag dependent, Flag prerequisite, in EvaluationResult result)
    {
        if (_count == _prerequisites.Length)
        {
            Array.Resize(ref _prerequisites, Math.Max(4, _count * 2));
        }

        _prerequisites[_count++] = new(dependent.Key, prerequisite, result.VariationIndex, result.Reason);
    }

    /// <summary>Lets go of everything, so that the pool keeps no context alive.</summary>
    public void Clear()
    {
        Context = null!;
        Key = "";
        Flag = null;
        Variation = EvaluationResult.None;
        Value = default;
        Default = default;
        Reason = default;
        WantsReason = false;
        Metric = null;
        Migration = null;
        Array.Clear(_prerequisites, 0, _count);
        _count = 0;
    }
}
