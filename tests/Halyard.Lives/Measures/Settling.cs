namespace Halyard.Lives.Measures;

/// <summary>Waits until what has ended is gone.</summary>
internal static class Settling
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Measures the process once it is like before, or as it is in the end.</summary>
    public static async Task<ProcessMeasure> AfterAsync(IReadOnlyCollection<LifeResult> lives, ProcessMeasure? before)
    {
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(100))
        {
            // Twice, so that what finalizers let go is collected too.
            for (var i = 0; i < 2; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            var now = ProcessMeasure.Now(lives);
            if (waited > Longest || (before is { } known ? now.IsLike(known) : waited > TimeSpan.FromSeconds(3) && now.Clients == 0))
            {
                return now;
            }

            await Task.Delay(100);
        }
    }
}
