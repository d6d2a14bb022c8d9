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

/// <summary>One of the two systems of a migration.</summary>
public enum MigrationOrigin : byte
{
    /// <summary>The system moved away from.</summary>
    Old,

    /// <summary>The system moved to.</summary>
    New,
}

/// <summary>What is done to a migrating system.</summary>
public enum MigrationOperation : byte
{
    /// <summary>A read.</summary>
    Read,

    /// <summary>A write.</summary>
    Write,
}

/// <summary>In which order both origins are read, where both are.</summary>
public enum MigrationReadOrder : byte
{
    /// <summary>Both at once.</summary>
    Concurrent,

    /// <summary>One after the other, the one that counts first.</summary>
    Serial,

    /// <summary>One after the other, in an order drawn each time, so that neither always finds warm caches.</summary>
    Random,
}

/// <summary>The names of stages in flag data.</summary>
public static class MigrationStages
{
    /// <summary>The stage's name in flag data, such as <c>dualwrite</c>.</summary>
    public static string ToText(this MigrationStage stage) => stage switch
    {
        MigrationStage.Off => "off",
        MigrationStage.DualWrite => "dualwrite",
        MigrationStage.Shadow => "shadow",
        MigrationStage.Live => "live",
        MigrationStage.RampDown => "rampdown",
        MigrationStage.Complete => "complete",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "Not a stage."),
    };

    /// <summary>Reads a stage's name; exactly as written in flag data.</summary>
    public static bool TryParse(string? text, out MigrationStage stage)
    {
        MigrationStage? found = text switch
        {
            "off" => MigrationStage.Off,
            "dualwrite" => MigrationStage.DualWrite,
            "shadow" => MigrationStage.Shadow,
            "live" => MigrationStage.Live,
            "rampdown" => MigrationStage.RampDown,
            "complete" => MigrationStage.Complete,
            _ => null,
        };
        stage = found ?? default;
        return found is not null;
    }

    /// <summary>The origin whose answer counts.</summary>
    internal static MigrationOrigin Authority(this MigrationStage stage) =>
        stage <= MigrationStage.Shadow ? MigrationOrigin.Old : MigrationOrigin.New;

    internal static bool ReadsBoth(this MigrationStage stage) => stage is MigrationStage.Shadow or MigrationStage.Live;

    internal static bool WritesBoth(this MigrationStage stage) => stage is not (MigrationStage.Off or MigrationStage.Complete);

    internal static MigrationOrigin Other(this MigrationOrigin origin) =>
        origin == MigrationOrigin.Old ? MigrationOrigin.New : MigrationOrigin.Old;
}
