using System.IO.Pipelines;

namespace Halyard.Cli;

/// <summary>A stream's output that notes since when its reader has been waited for.</summary>
/// <param name="inner">The output.</param>
/// <param name="stream">The stream.</param>
internal sealed class WatchedWriter(PipeWriter inner, OpenStream stream) : PipeWriter
{
    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        stream.BeginWrite();
        return Watched(inner.WriteAsync(source, cancellationToken));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        stream.BeginWrite();
        return Watched(inner.FlushAsync(cancellationToken));
    }

    private ValueTask<FlushResult> Watched(ValueTask<FlushResult> write)
    {
        if (!write.IsCompletedSuccessfully)
        {
            return WaitAsync(write);
        }

        stream.EndWrite();
        return write;
    }

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> write)
    {
        var result = await write;
        stream.EndWrite();
        return result;
    }
}
