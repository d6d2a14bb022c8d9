namespace Halyard.Model;

/// <summary>Whether a rollout is a plain percentage split or an experiment.</summary>
public enum RolloutKind : byte
{
    /// <summary>A percentage split.</summary>
    Rollout,

    /// <summary>An experiment: always bucketed by key, and marked in the reason.</summary>
    Experiment,
}
