using System.Runtime.CompilerServices;

namespace Halyard.Fuzzing;

/// <summary>What a reader promises.</summary>
internal static class Promise
{
    /// <summary>Fails when a promise is not kept.</summary>
    /// <param name="holds">Whether it is.</param>
    /// <param name="promise">The promise, in the same words for all inputs.</param>
    /// <param name="details">What this input shows; made only when it is needed.</param>
    public static void Holds(bool holds, string promise, [InterpolatedStringHandlerArgument(nameof(holds))] PromiseDetails details = default)
    {
        if (!holds)
        {
            throw new FuzzFaultException(promise, details.ToString());
        }
    }

    /// <summary>Fails when two readings differ.</summary>
    public static void Same(string expected, string actual, string promise)
    {
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            throw new FuzzFaultException(promise, $"expected\n{expected}\nfound\n{actual}");
        }
    }
}
