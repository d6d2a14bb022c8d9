namespace Halyard;

/// <summary>Why an evaluation gave its result.</summary>
public enum EvaluationReasonKind : byte
{
    /// <summary>The flag is off.</summary>
    Off,

    /// <summary>No target or rule matched.</summary>
    Fallthrough,

    /// <summary>The context's key is targeted.</summary>
    TargetMatch,

    /// <summary>A rule matched.</summary>
    RuleMatch,

    /// <summary>A prerequisite flag was off or served another variation.</summary>
    PrerequisiteFailed,

    /// <summary>The flag could not be evaluated; the default value was served.</summary>
    Error,
}
