using System.Text.Json;

namespace Halyard.Benchmarks.Naive;

/// <summary>What <see cref="JsonSerializer"/> makes of a whole payload.</summary>
internal sealed class NaivePayload
{
    public Dictionary<string, NaiveFlag> Flags { get; set; } = [];

    public Dictionary<string, NaiveSegment> Segments { get; set; } = [];
}

internal sealed class NaiveFlag
{
    public string Key { get; set; } = "";

    public long Version { get; set; }

    public bool Deleted { get; set; }

    public bool On { get; set; }

    public List<NaivePrerequisite> Prerequisites { get; set; } = [];

    public List<NaiveTarget> Targets { get; set; } = [];

    public List<NaiveTarget> ContextTargets { get; set; } = [];

    public List<NaiveRule> Rules { get; set; } = [];

    public NaiveOutcome Fallthrough { get; set; } = new();

    public int? OffVariation { get; set; }

    public List<JsonElement> Variations { get; set; } = [];

    public string Salt { get; set; } = "";

    public bool TrackEvents { get; set; }

    public bool TrackEventsFallthrough { get; set; }

    public long? DebugEventsUntilDate { get; set; }
}

internal sealed class NaivePrerequisite
{
    public string Key { get; set; } = "";

    public int Variation { get; set; }
}

internal sealed class NaiveTarget
{
    public string? ContextKind { get; set; }

    public int Variation { get; set; }

    public List<string> Values { get; set; } = [];
}

/// <summary>A variation or a rollout.</summary>
internal class NaiveOutcome
{
    public int? Variation { get; set; }

    public NaiveRollout? Rollout { get; set; }
}

internal sealed class NaiveRule : NaiveOutcome
{
    public string? Id { get; set; }

    public List<NaiveClause> Clauses { get; set; } = [];
}

internal sealed class NaiveRollout
{
    public string? Kind { get; set; }

    public string? ContextKind { get; set; }

    public string? BucketBy { get; set; }

    public int? Seed { get; set; }

    public List<NaiveWeight> Variations { get; set; } = [];
}

internal sealed class NaiveWeight
{
    public int Variation { get; set; }

    public int Weight { get; set; }
}

internal sealed class NaiveClause
{
    public string? ContextKind { get; set; }

    public string Attribute { get; set; } = "";

    public string Op { get; set; } = "";

    public List<JsonElement> Values { get; set; } = [];

    public bool Negate { get; set; }
}

internal sealed class NaiveSegment
{
    public string Key { get; set; } = "";

    public long Version { get; set; }

    public bool Deleted { get; set; }

    public List<string> Included { get; set; } = [];

    public List<string> Excluded { get; set; } = [];

    public List<NaiveTarget> IncludedContexts { get; set; } = [];

    public List<NaiveTarget> ExcludedContexts { get; set; } = [];

    public List<NaiveSegmentRule> Rules { get; set; } = [];

    public string Salt { get; set; } = "";
}

internal sealed class NaiveSegmentRule
{
    public List<NaiveClause> Clauses { get; set; } = [];

    public int? Weight { get; set; }

    public string? BucketBy { get; set; }

    public string? RolloutContextKind { get; set; }
}
