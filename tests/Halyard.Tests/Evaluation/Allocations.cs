namespace Halyard.Tests.Evaluation;

internal static class Allocations
{
    /// <summary>Asserts that an action allocates nothing on this thread, once it is warm.</summary>
    public static void None(Action action)
    {
        for (var i = 0; i < 50; i++)
        {
            action();
        }

        // Tiered compilation may allocate on behalf of a call once; an action that allocates does so every time.
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
