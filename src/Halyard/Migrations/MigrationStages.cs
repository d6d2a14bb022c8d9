namespace Halyard;

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
