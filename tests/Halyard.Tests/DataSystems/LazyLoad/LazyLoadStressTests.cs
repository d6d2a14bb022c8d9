using System.Collections.Concurrent;
using System.Diagnostics;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

[Collection(typeof(Alone))]
public sealed class LazyLoadStressTests
{
    [Theory]
    [InlineData(0, null, false)]
    [InlineData(3, 20, false)]
    [InlineData(3, null, true)]
    public async Task Readers_of_all_sorts_over_an_unsteady_store_come_to_an_end_and_never_see_data_go_back(int ttlMilliseconds, int? maxItems, bool serveStale)
    {
        await using var lazy = new LazyLoadHarness(
            o =>
            {
                o.Ttl = TimeSpan.FromMilliseconds(ttlMilliseconds);
                o.MaxItems = maxItems;
                o.StaleWhileRevalidate = serveStale;
                o.ReadTimeout = TimeSpan.FromMilliseconds(200);
            },
            timeProvider: TimeProvider.System);
        var running = new ConcurrentDictionary<string, int>();
        var overlaps = 0;
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = async (key, _) =>
        {
            if (key.StartsWith("flag-", StringComparison.Ordinal) && running.AddOrUpdate(key, 1, (_, n) => n + 1) > 2)
            {
                // Two may be: a flight, and the probe of an outage.
                Interlocked.Increment(ref overlaps);
            }

            await Task.Yield();
            if (Random.Shared.Next(200) == 0)
            {
                // A slow answer comes after the data has changed.
                await Volatile.Read(ref changed).Task;
            }

            running.AddOrUpdate(key, 0, (_, n) => n - 1);
        };
        for (var i = 0; i < 50; i++)
        {
            lazy.Reader.Put("flag-" + i);
        }

        await lazy.System.StartAsync(TestContext.Current.CancellationToken);
        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency);
        var reads = 0;

        // A second, and longer where the machine is so busy that it is too short to tell anything.
        bool Goes() => Stopwatch.GetTimestamp() < until || Volatile.Read(ref reads) <= 1000;
        var version = 1;
        var writer = Task.Run(async () =>
        {
            using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while (Goes())
            {
                version++;
                for (var i = 0; i < 50; i++)
                {
                    lazy.Reader.Put("flag-" + i, version);
                }

                lazy.Reader.Failure = version % 100 == 0 ? new IOException("hiccup") : null;
                Interlocked.Exchange(ref changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                await beat.WaitForNextTickAsync(CancellationToken.None);
            }

            // Nothing changes any more: no answer is slow.
            lazy.Reader.Failure = null;
            Volatile.Read(ref changed).SetResult();
        }, TestContext.Current.CancellationToken);
        var readers = Enumerable.Range(0, 6).Select(r => Task.Run(async () =>
        {
            var seen = new long[50];
            for (var n = r; Goes(); n++)
            {
                if (n % 500 == 0)
                {
                    await lazy.System.FetchAllAsync(CancellationToken.None);
                }

                var i = n * 7 % 50;
                var read = r % 2 == 0 ? lazy.Read("flag-" + i) : await lazy.ReadAsync("flag-" + i);
                if (read is { } got)
                {
                    Assert.True(got >= seen[i], $"{got} after {seen[i]}");
                    seen[i] = got;
                }

                Interlocked.Increment(ref reads);
            }
        }, TestContext.Current.CancellationToken)).ToArray();
        await Task.WhenAll([writer, .. readers]).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, overlaps);
        Assert.True(await lazy.Status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await Conditions.UntilAsync(async () => await lazy.ReadAsync("flag-7") == version);
        Assert.NotEmpty(lazy.System.AllFlags());
    }
}
