namespace Halyard;

/// <summary>How far the move of a system from an old origin to a new one has come. The values of a migration flag.</summary>
public enum MigrationStage : byte
{
    /// <summary><c>off</c>: the old origin alone is read and written.</summary>
    Off,

    /// <summary><c>dualwrite</c>: both are written, the old one first; the old one is read.</summary>
    DualWrite,

    /// <summary><c>shadow</c>: both are written and read; the old one counts.</summary>
    Shadow,

    /// <summary><c>live</c>: both are written and read; the new one counts.</summary>
    Live,

    /// <summary><c>rampdown</c>: both are written, the new one first; the new one is read.</summary>
    RampDown,

    /// <summary><c>complete</c>: the new origin alone is read and written.</summary>
    Complete,
}
