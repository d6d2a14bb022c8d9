using Halyard.Lives.Plan;

namespace Halyard.Lives;

/// <summary>How a life went.</summary>
/// <param name="Plan">What it was to be.</param>
/// <param name="Failure">What did not hold; null when all did.</param>
/// <param name="Client">Its client, which nothing holds any more; null when none was made.</param>
internal sealed record LifeResult(LifePlan Plan, string? Failure, WeakReference? Client);
