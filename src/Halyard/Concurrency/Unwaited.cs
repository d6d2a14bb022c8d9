namespace Halyard.Concurrency;

/// <summary>
/// Tasks that nobody waits for any more, because the time was over: they may fail all the same, and a failure that nobody
/// looks at is raised as an unobserved exception, which some applications take for the end of their process.
/// </summary>
internal static class Unwaited
{
    /// <summary>Looks at the task's failure, be it there already or yet to come: it may have failed since the wait was over.</summary>
    public static void Observe(Task task) => _ = task.ContinueWith(
        static late => _ = late.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>The same for a task whose result somebody must dispose.</summary>
    public static void Dispose<T>(Task<T> task)
        where T : IDisposable => _ = task.ContinueWith(
        static late =>
        {
            if (late.Exception is null && late.IsCompletedSuccessfully)
            {
                try
                {
                    late.Result.Dispose();
                }
                catch (Exception)
                {
                    // Foreign code, of which nobody wants anything any more.
                }
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
