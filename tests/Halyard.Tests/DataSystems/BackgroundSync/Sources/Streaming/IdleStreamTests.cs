using System.Net.Http.Headers;
using System.Text;
using Halyard.Http;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>What a stream holds while nothing comes.</summary>
public sealed class IdleStreamTests
{
    private const string Put = "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"a\":{\"key\":\"a\",\"version\":1}}}}\n\n";

    private readonly SourceFixture _it = new() { BodiesWaitForNothing = true };

    [Fact]
    public async Task Between_events_no_buffer_is_held()
    {
        await using var disposed = _it;
        var stream = Open();
        await _it.StreamAsync();

        // A read of nothing waits for the first byte; only then is there a buffer.
        Assert.Equal(0, await stream.Reads.EntryAsync(1));
        stream.Feed(Put);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await stream.Reads.UntilAsync(reads => reads.Count == 3);
        Assert.True(stream.Reads.Entries[1] >= 32 * 1024);
        Assert.Equal(0, stream.Reads.Entries[2]);
    }

    [Fact]
    public async Task In_the_middle_of_an_event_the_rest_is_read_at_once()
    {
        await using var disposed = _it;
        var stream = Open();
        await _it.StreamAsync();
        stream.Feed(Put[..40]);
        await stream.Reads.UntilAsync(reads => reads.Count == 3);
        Assert.True(stream.Reads.Entries[2] >= 32 * 1024);
        stream.Feed(Put[40..]);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await stream.Reads.UntilAsync(reads => reads.Count == 4);
        Assert.Equal(0, stream.Reads.Entries[3]);
    }

    [Fact]
    public async Task A_stream_that_answers_a_read_of_nothing_at_once_is_read_all_the_same()
    {
        await using var disposed = _it;
        var stream = Open(waitsForNothing: false);
        await _it.StreamAsync();
        stream.Feed(Put);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        stream.Feed(Put.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        Assert.Equal("init a:2", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task A_stream_of_an_applications_handler_is_never_asked_for_nothing()
    {
        await using var it = new SourceFixture();
        var stream = Open(it);
        stream.Feed(Put);
        await it.StreamAsync();
        Assert.Equal("init a:1", await it.Destination.TextAsync(1));
        await stream.Reads.UntilAsync(reads => reads.Count == 2);
        Assert.DoesNotContain(0, stream.Reads.Entries);
    }

    private FedStream Open(bool waitsForNothing = true) => Open(_it, waitsForNothing);

    private static FedStream Open(SourceFixture it, bool waitsForNothing = true)
    {
        var stream = new FedStream(waitsForNothing);
        it.Service.Then(() =>
        {
            var content = new StreamContent(stream);
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return new HttpResponseMessage { Content = content };
        });
        return stream;
    }

    /// <summary>A stream that is fed, and notes how much room each read has.</summary>
    private sealed class FedStream(bool waitsForNothing) : ReadOnlyStream
    {
        private readonly SemaphoreSlim _fed = new(0);
        private readonly Queue<byte> _bytes = new();

        public Journal<int> Reads { get; } = new();

        public void Feed(string text)
        {
            lock (_bytes)
            {
                foreach (var value in Encoding.UTF8.GetBytes(text))
                {
                    _bytes.Enqueue(value);
                }
            }

            _fed.Release();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads.Add(buffer.Length);
            if (buffer.Length == 0 && !waitsForNothing)
            {
                return 0;
            }

            while (true)
            {
                lock (_bytes)
                {
                    if (_bytes.Count > 0)
                    {
                        var read = Math.Min(buffer.Length, _bytes.Count);
                        for (var i = 0; i < read; i++)
                        {
                            buffer.Span[i] = _bytes.Dequeue();
                        }

                        return read;
                    }
                }

                await _fed.WaitAsync(cancellationToken);
            }
        }

    }
}
