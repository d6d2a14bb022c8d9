namespace Halyard.Simulation.Engine;

/// <summary>
/// Waits until nothing is left to be done. The pool has one thread, which is the caller's too: whatever is queued runs before
/// the caller is back, and an empty queue means that everything waits for the simulation.
/// </summary>
internal static class Stillness
{
    private const int MostRounds = 100_000;

    /// <summary>Whether the process has the one thread that this rests upon.</summary>
    public static bool IsPossible
    {
        get
        {
            ThreadPool.GetMaxThreads(out var threads, out _);
            return threads == 1;
        }
    }

    public static async Task ReachAsync()
    {
        var rounds = 0;
        do
        {
            if (++rounds > MostRounds)
            {
                throw new InvariantException("stillness", "the clients work without an end while the clock stands still");
            }

            await Task.Yield();
        }
        while (ThreadPool.PendingWorkItemCount > 0);
    }
}
