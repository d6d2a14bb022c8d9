namespace Halyard.Cli;

/// <summary>Ends a connection once so many bytes of the answer's body have left.</summary>
internal sealed class CutStream(Stream body, long bytes) : Stream
{
    private long _left = bytes;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var sent = (int)Math.Min(buffer.Length, _left);
        _left -= sent;
        await body.WriteAsync(buffer[..sent], cancellationToken);
        if (sent < buffer.Length)
        {
            await body.FlushAsync(cancellationToken);
            // Once an answer has begun, any exception makes the server close the connection after the bytes sent so far;
            // aborting it would take them along.
            throw new AnswerCutException();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>Ends an answer that was to be cut.</summary>
internal sealed class AnswerCutException() : Exception("The answer was cut, as the server was told to.");
