namespace Halyard.Lives.Plan;

/// <summary>How a life ends.</summary>
internal enum EndKind
{
    Once,
    Twice,
    AtOnce,
    Blocking,
    BlockingAndNot,
    DuringStart,
    DuringCancelledStart,
    NeverStarted,
    FromListener,
    FromBlockedListener,
}
