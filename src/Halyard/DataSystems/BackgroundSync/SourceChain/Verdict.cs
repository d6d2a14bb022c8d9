namespace Halyard.DataSystems;

/// <summary>What to do with the source in use.</summary>
/// <param name="Reason">Why to leave it; <see cref="LeaveReason.None"/> to keep it.</param>
/// <param name="LookAgain">When to ask again if nothing happens before; null when only the source itself can change anything.</param>
internal readonly record struct Verdict(LeaveReason Reason, TimeSpan? LookAgain);
