namespace Halyard.Tests.Support;

/// <summary>What an action allocates on the thread that runs it.</summary>
internal static class Allocations
{
    /// <summary>Asserts that an action allocates nothing on this thread, once it is warm.</summary>
    public static void None(Action action)
    {
        for (var i = 0; i < 50; i++)
        {
            action();
        }

        Assert.Equal(0, Least(action, rounds: 10));
    }

    /// <summary>
    /// The bytes of the cheapest of several rounds. A collection that another test causes charges this thread with the
    /// rest of its buffer, and tiered compilation may allocate on behalf of a call, but not every time; an action that
    /// allocates does so in every round.
    /// </summary>
    public static long Least(Action action, int rounds = 5)
    {
        var least = long.MaxValue;
        for (var i = 0; i < rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    /// <summary>
    /// Asserts that an action which makes an object allocates exactly so much, once the compiler's last tier has it: code that is
    /// not optimized yet boxes what generic code compares.
    /// </summary>
    public static void Exactly(long bytes, Func<object?> action)
    {
        object? result = null;
        var least = long.MaxValue;
        for (var turn = 0; turn < 100_000 && least > bytes; turn++)
        {
            least = Math.Min(least, Least(() => result = action(), rounds: 200));
        }

        Assert.Equal(bytes, least);
        GC.KeepAlive(result);
    }
}
