namespace Halyard.Simulation.World;

/// <summary>Something that a plan has happen.</summary>
/// <param name="Number">Its number in the plan of its seed, by which a shrunk plan names it.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Client">Which process it is about, where it is about one.</param>
/// <param name="Lasts">How long it lasts, where it ends.</param>
/// <param name="Choice">What else is to be chosen follows from this.</param>
internal sealed record PlanStep(int Number, TimeSpan At, StepKind Kind, int Client, TimeSpan Lasts, ulong Choice)
{
    public override string ToString() => $"{Number,3} {At.TotalSeconds,8:F2} s {Kind} of {Client} for {Lasts.TotalSeconds:F1} s";
}
