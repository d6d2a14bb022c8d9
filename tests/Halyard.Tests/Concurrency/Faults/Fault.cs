namespace Halyard.Tests.Faults;

/// <summary>What is thrown into a loop, and where.</summary>
/// <param name="Step">The step.</param>
/// <param name="Pass">At which pass of it, counted from one.</param>
/// <param name="Kind">Which of the <see cref="Kinds"/>.</param>
internal sealed record Fault(string Step, int Pass, int Kind)
{
    public const string Message = "thrown by the test";

    // A cancellation of no token of ours is the classical end in silence.
    public static readonly Func<Exception>[] Kinds =
    [
        static () => new OperationCanceledException(Message),
        static () => new InvalidOperationException(Message),
        static () => new ObjectDisposedException("it", Message),
        static () => new TimeoutException(Message),
#pragma warning disable CA2201 // As the runtime throws it, from any step.
        static () => new OutOfMemoryException(Message),
#pragma warning restore CA2201
    ];

    public Exception Make() => Kinds[Kind % Kinds.Length]();
}
