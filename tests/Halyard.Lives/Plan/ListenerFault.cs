namespace Halyard.Lives.Plan;

/// <summary>What a life's listeners do.</summary>
internal enum ListenerFault
{
    None,
    Throws,
    Blocks,
    Reads,
}
