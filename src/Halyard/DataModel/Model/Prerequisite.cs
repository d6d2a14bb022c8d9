namespace Halyard.Model;

/// <summary>A flag that must be on and serve a given variation before the dependent flag is targeted.</summary>
public sealed class Prerequisite
{
    /// <summary>The key of the prerequisite flag.</summary>
    public required string Key { get; init; }

    /// <summary>The index of the variation it must serve.</summary>
    public int Variation { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}
