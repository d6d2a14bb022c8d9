namespace Halyard.Concurrency;

/// <summary>
/// What a clock may also be: told of each step of a loop that uses it. What it throws is thrown by that step, as if the
/// step had failed; so tests can fail each of them. The application's clocks are not it.
/// </summary>
internal interface ICheckpoints
{
    /// <summary>A loop has come to a step.</summary>
    /// <param name="step">The step's name.</param>
    void Pass(string step);

    /// <summary>Tells a clock of a step, for what is not supervised.</summary>
    static void Pass(TimeProvider time, string step) => (time as ICheckpoints)?.Pass(step);
}
