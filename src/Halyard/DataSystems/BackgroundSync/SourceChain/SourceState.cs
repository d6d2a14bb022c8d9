namespace Halyard.DataSystems;

/// <summary>How the source in use fares. Times count from the start of the chain.</summary>
/// <param name="IsTrial">Whether it is tried out: for the first time, or again while another one works.</param>
/// <param name="LastSign">When it was started, or made headway last.</param>
/// <param name="HasDelivered">Whether it has delivered or confirmed data.</param>
/// <param name="ValidSince">Since when it is valid without a break; null when it is not.</param>
/// <param name="FailingSince">Since when it fails without a break; null when it does not.</param>
/// <param name="End">How it ended by itself.</param>
internal readonly record struct SourceState(
    bool IsTrial, TimeSpan LastSign, bool HasDelivered, TimeSpan? ValidSince, TimeSpan? FailingSince, SourceEnd End);
