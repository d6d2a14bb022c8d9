using System.Diagnostics;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

/// <summary>Blocking and awaiting reads of one store that answers late, fails, and can be read on the caller's thread only at times.</summary>
[Collection(typeof(Alone))]
public sealed class BlockedReadStressTests
{
    private const int Keys = 24;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, null, false, 1)]
    [InlineData(2, 10, false, 2)]
    [InlineData(2, null, true, 3)]
    [InlineData(0, null, false, 4)]
    public async Task Blocking_and_awaiting_readers_come_to_an_end_never_see_data_go_back_and_leave_nothing_under_way(
        int ttlMilliseconds, int? maxItems, bool serveStale, int seed)
    {
        await using var lazy = new LazyLoadHarness(
            o =>
            {
                o.Ttl = TimeSpan.FromMilliseconds(ttlMilliseconds);
                o.MaxItems = maxItems;
                o.StaleWhileRevalidate = serveStale;
                o.ReadTimeout = TimeSpan.FromMilliseconds(seed == 4 ? 10 : 40);
                o.FetchTimeout = TimeSpan.FromMilliseconds(200);
            },
            timeProvider: TimeProvider.System,
            largestBatch: 8);
        using var never = new ManualResetEventSlim();
        void Here(string key, TimeSpan limit)
        {
            var dice = Random.Shared.Next(300);
            if (dice == 0)
            {
                never.Wait(40);
                throw new TimeoutException("late");
            }

            if (dice == 1)
            {
                throw new IOException("hiccup");
            }

            if (dice == 2)
            {
                // Longer than any limit.
                never.Wait(300);
            }

            Thread.SpinWait(Random.Shared.Next(2_000));
        }

        lazy.Reader.Before = async (_, limit) =>
        {
            await Task.Yield();
            if (Random.Shared.Next(300) == 0)
            {
                await Task.Delay(Random.Shared.Next(2) == 0 ? 20 : 1000, limit);
            }
        };
        for (var i = 0; i < Keys; i++)
        {
            lazy.Reader.Put("flag-" + i);
        }

        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 3 / 2);
        bool Goes() => Stopwatch.GetTimestamp() < until;
        var version = 1;
        var writer = Task.Factory.StartNew(
            () =>
            {
                while (Goes())
                {
                    version++;
                    for (var i = 0; i < Keys; i++)
                    {
                        lazy.Reader.Put("flag-" + i, version);
                    }

                    lazy.Reader.Here = version % 5 == 0 ? null : Here;
                    never.Wait(1);
                }
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var readers = Enumerable.Range(0, 12).Select(r => Task.Factory.StartNew(
            () =>
            {
                var seen = new long[Keys];
                for (var n = r; Goes(); n++)
                {
                    var i = n * 7 % Keys;
                    if ((r % 4 == 3 ? lazy.ReadAsync("flag-" + i).GetAwaiter().GetResult() : lazy.Read("flag-" + i)) is { } got)
                    {
                        Assert.True(got >= seen[i], $"{got} after {seen[i]}");
                        seen[i] = got;
                    }
                }
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await Task.WhenAll([writer, .. readers]).WaitAsync(Bound, Token);

        // Whatever happened, the last state is read in the end; and once nothing is under way, by a caller that is alone.
        lazy.Reader.Before = null;
        lazy.Reader.Here = static (_, _) => { };
        for (var i = 0; i < Keys; i++)
        {
            var key = "flag-" + i;
            await Conditions.UntilAsync(() => lazy.Read(key) == version);
        }

        var others = 0;
        await Conditions.UntilAsync(() =>
        {
            // Refreshes may still be under way for a moment.
            var before = lazy.Reader.ThreadsHere.Count;
            lazy.Read("alone-" + others++);
            return lazy.Reader.ThreadsHere.Count == before + 1 && lazy.Reader.ThreadsHere.Last() == Environment.CurrentManagedThreadId;
        });
    }
}
