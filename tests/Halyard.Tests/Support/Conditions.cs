using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Halyard.Tests.Support;

/// <summary>Waits for what nothing announces; where there is an event, a status or a journal, await that.</summary>
internal static class Conditions
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    /// <summary>Looks until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within the limit, 30 seconds if none is given.</exception>
    public static Task UntilAsync(
        Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        UntilAsync(() => Task.FromResult(condition()), limit, what);

    /// <summary>Asks until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within the limit, 30 seconds if none is given.</exception>
    public static async Task UntilAsync(
        Func<Task<bool>> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var bound = limit ?? DefaultLimit;
        var begun = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(Interval);
        while (!await condition().WaitAsync(Least(bound - Stopwatch.GetElapsedTime(begun)), TestContext.Current.CancellationToken))
        {
            if (Stopwatch.GetElapsedTime(begun) >= bound)
            {
                throw new TimeoutException($"Not within {bound.TotalSeconds} s: {what}");
            }

            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static TimeSpan Least(TimeSpan left) => left > Interval ? left : Interval;
}
