namespace Halyard.Lives.Plan;

/// <summary>What a part of the application's own does when it is called.</summary>
internal enum PartFault
{
    /// <summary>What it should.</summary>
    None,

    /// <summary>Throws before it returns a task.</summary>
    ThrowsAtOnce,

    /// <summary>Its task fails.</summary>
    Fails,

    /// <summary>Its task is cancelled, which nobody asked for.</summary>
    IsCancelled,

    /// <summary>Waits until it is cancelled.</summary>
    Hangs,

    /// <summary>Waits until it is cancelled, and fails then with something else.</summary>
    BreaksAsItIsCancelled,

    /// <summary>Waits, whoever cancels it, until the life is over, and fails then.</summary>
    NeverEnds,

    /// <summary>Blocks its caller's thread: a call for a while, an end until the life is over.</summary>
    Blocks,
}
