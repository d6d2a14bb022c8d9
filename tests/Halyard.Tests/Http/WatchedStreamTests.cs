using System.IO.Pipelines;
using Halyard.Http;
using Halyard.Tests.Support;

namespace Halyard.Tests;

[Collection(typeof(Alone))]
public sealed class WatchedStreamTests
{
    [Fact]
    public async Task A_read_allocates_nothing()
    {
#if DEBUG
        Assert.Skip("In a debug build every asynchronous method's state is an object.");
#endif
        using var stop = new CancellationTokenSource();
        await using var stream = new WatchedStream(new Endless(), TimeSpan.FromMinutes(5), default, countsAll: false, TimeProvider.System, stop.Token);
        var buffer = new byte[16];
        var least = long.MaxValue;
        for (var round = 0; round < 6; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                _ = await stream.ReadAsync(buffer, stop.Token);
            }

            // The first round fills the pool of read states. The best of the others: a collection caused by another test
            // charges this thread with the rest of its buffer.
            least = round == 0 ? least : Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, 500);
    }

    [Fact]
    public async Task One_timer_serves_all_reads()
    {
        var time = new RecordingTimeProvider();
        var stream = new WatchedStream(new Endless(), TimeSpan.FromMinutes(5), default, countsAll: false, time, CancellationToken.None);
        for (var i = 0; i < 10; i++)
        {
            _ = await stream.ReadAsync(new byte[16], TestContext.Current.CancellationToken);
        }

        Assert.Equal((1, 1), (time.Timers.Count, time.TimersAlive));
        await stream.DisposeAsync();
        Assert.Equal(0, time.TimersAlive);
    }

    [Fact]
    public async Task The_timer_is_never_asked_for_less_than_a_millisecond()
    {
        // It takes whole ones, and would fire again and again for what is left of the last.
        var time = new RecordingTimeProvider();
        await using var stream = new WatchedStream(new Endless(), TimeSpan.FromMilliseconds(0.5), default, countsAll: false, time, CancellationToken.None);
        Assert.Equal([TimeSpan.FromMilliseconds(1)], time.Timers.Entries);
    }

    [Fact]
    public async Task Stopping_ends_a_read_whatever_token_it_was_given()
    {
        using var stop = new CancellationTokenSource();
        var stream = new WatchedStream(new Pipe().Reader.AsStream(), TimeSpan.FromMinutes(5), default, countsAll: false, new RecordingTimeProvider(), stop.Token);
        var read = stream.ReadAsync(new byte[1], CancellationToken.None).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None));
        await stream.DisposeAsync();
    }

    /// <summary>Answers at once, so that the test stays on one thread.</summary>
    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }
}
