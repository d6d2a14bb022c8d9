using Halyard.Concurrency;
using Halyard.Tests.Support;

namespace Halyard.Tests.Concurrency;

[Collection(typeof(Alone))]
public sealed class BoundedRingTests
{
    [Fact]
    public void A_ring_gives_back_what_it_was_given_in_order_and_is_full_at_its_size()
    {
        var ring = new BoundedRing<string>(3);
        for (var round = 0; round < 3; round++)
        {
            foreach (var text in new[] { "a", "b", "c", "d" })
            {
                Assert.True(ring.TryEnqueue(text, out _));
            }

            Assert.False(ring.TryEnqueue("e", out _));
            Assert.Equal(["a", "b", "c", "d"], Enumerable.Range(0, 4).Select(_ => ring.TryDequeue(out var text) ? text : null));
            Assert.False(ring.TryDequeue(out _));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(65_536)]
    public async Task A_ring_loses_and_doubles_nothing_between_many_threads_while_it_grows(int size)
    {
        const int Each = 20_000;
        var ring = new BoundedRing<object>(size);
        var taken = 0L;
        var writers = Enumerable.Range(0, 3).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                SpinWait.SpinUntil(() => ring.TryEnqueue((long)((w * Each) + i), out _));
            }
        }, Clients.Clients.Token));
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var sum = 0L;
            while (Interlocked.Read(ref taken) < 3 * Each)
            {
                if (ring.TryDequeue(out var item))
                {
                    sum += (long)item;
                    Interlocked.Increment(ref taken);
                }
                else
                {
                    Thread.Yield();
                }
            }

            return sum;
        }, Clients.Clients.Token)).ToArray();
        await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(30), Clients.Clients.Token);
        var sums = await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30), Clients.Clients.Token);
        const long All = 3L * Each;
        Assert.Equal(All * (All - 1) / 2, sums.Sum());
        Assert.Equal((All, All), (ring.Added, ring.Taken));
    }

    [Fact]
    public void A_ring_keeps_the_order_of_what_it_was_given_while_it_grows()
    {
        var ring = new BoundedRing<string>(1_000);
        var (given, taken) = (0, 0);
        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.True(ring.TryEnqueue($"{given}", out var position));
                Assert.Equal(given++, position);
            }

            for (var i = 0; i < 15; i++)
            {
                Assert.True(ring.TryDequeue(out var text));
                Assert.Equal($"{taken++}", text);
            }

            Assert.Equal((given, taken), (ring.Added, ring.Taken));
        }
    }

    [Fact]
    public void A_ring_that_nobody_uses_takes_a_kilobyte_whatever_its_size()
    {
        object? ring = null;
        var small = Allocations.Least(() => ring = new BoundedRing<string>(16));
        Assert.Equal(small, Allocations.Least(() => ring = new BoundedRing<string>(1_000_000)));
        Assert.InRange(small, 512, 1_024);
        GC.KeepAlive(ring);
    }

    [Fact]
    public void A_ring_has_room_for_its_size_whatever_it_has_grown_from()
    {
        var ring = new BoundedRing<string>(1_024);
        for (var i = 0; i < 1_024; i++)
        {
            Assert.True(ring.TryEnqueue("", out _));
        }

        for (var i = 0; i < 1_024; i++)
        {
            Assert.True(ring.TryDequeue(out _));
        }

        // It has grown to one segment by now, so that its size is exact.
        var room = 0;
        while (ring.TryEnqueue("", out _))
        {
            room++;
        }

        Assert.Equal(1_024, room);
    }

}
