namespace Halyard.Lives.Plan;

/// <summary>What a life's loggers do.</summary>
internal enum LogFault
{
    None,
    Throw,
    ThrowSometimes,
    CannotBeMade,
}
