using System.IO.Pipelines;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class WatchedStreamTests
{
    [Fact]
    public async Task A_read_allocates_nothing_and_makes_no_timer()
    {
        var time = new RecordingTimeProvider();
        using var stop = new CancellationTokenSource();
        var stream = new WatchedStream(new Endless(), TimeSpan.FromMinutes(5), time, stop.Token);
        var buffer = new byte[16];
        // The first reads fill the pool of read states.
        await ReadAsync(stream, buffer, 100, stop.Token);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await ReadAsync(stream, buffer, 1000, stop.Token);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.Equal(1, time.Timers.Count);
        await stream.DisposeAsync();
        Assert.Equal(0, time.TimersAlive);
    }

    [Fact]
    public async Task Stopping_ends_a_read_whatever_token_it_was_given()
    {
        using var stop = new CancellationTokenSource();
        var stream = new WatchedStream(new Pipe().Reader.AsStream(), TimeSpan.FromMinutes(5), new RecordingTimeProvider(), stop.Token);
        var read = stream.ReadAsync(new byte[1], CancellationToken.None).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None));
        await stream.DisposeAsync();
    }

    private static async Task ReadAsync(WatchedStream stream, byte[] buffer, int times, CancellationToken token)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Equal(16, await stream.ReadAsync(buffer, token));
        }
    }

    /// <summary>Answers at once, so that the test stays on one thread.</summary>
    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }
}
