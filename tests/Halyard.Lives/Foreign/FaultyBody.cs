using Halyard.Lives.Plan;

namespace Halyard.Lives.Foreign;

/// <summary>The body of an answer that is given within the process.</summary>
internal sealed class FaultyBody(LifePlan plan, Answer answer, Task over) : Stream
{
    private int _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var left = answer.Sent - _read;
        if (left > 0)
        {
            // A read of no bytes waits until there are some, and so ends at once.
            var count = Math.Min(Math.Min(buffer.Length, answer.Piece), left);
            if (answer.Piece < int.MaxValue)
            {
                await Task.Yield();
            }

            answer.Body.AsSpan(_read, count).CopyTo(buffer.Span);
            _read += count;
            return count;
        }

        if (answer.Kind == AnswerKind.Reset)
        {
            throw new IOException($"life {plan.Number}: the connection was reset");
        }

        if (answer.StaysOpen || answer.Kind == AnswerKind.Hung)
        {
            await over.WaitAsync(cancellationToken);
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nobody blocks on a body.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
