namespace Halyard.Model;

/// <summary>What few flags have: a flag without it has room for none of it. Filled while its flag is made, and immutable then.</summary>
internal sealed class FlagExtras
{
    public long? DebugEventsUntilDate { get; set; }

    public long? SamplingRatio { get; set; }

    public MigrationSettings? Migration { get; set; }

    public UnknownProperties? Unknown { get; set; }
}
