using System.Text;
using System.Threading.Channels;
using Halyard.Http;

namespace Halyard.Tests.Support;

/// <summary>
/// A body that arrives piece by piece: whoever writes waits until the reader has taken the piece and asks for more, or has let go.
/// Time that passes then passes in a read, however busy the machine is.
/// </summary>
internal sealed class SlowBody : ReadOnlyStream
{
    private readonly Channel<byte[]> _pieces = Channel.CreateUnbounded<byte[]>();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private TaskCompletionSource<bool> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isGone;

    // The reader's alone.
    private ReadOnlyMemory<byte> _rest;

    /// <summary>Hands a piece over.</summary>
    /// <returns>Whether the reader asks for more; otherwise it has let go of the body.</returns>
    public Task<bool> WriteAsync(string text)
    {
        Task<bool> taken;
        lock (_gate)
        {
            if (_isGone)
            {
                return Task.FromResult(false);
            }

            _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
            taken = _taken.Task;
            _pieces.Writer.TryWrite(Encoding.UTF8.GetBytes(text));
        }

        return taken.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty)
        {
            try
            {
                _rest = await NextAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                LetGo();
                throw;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        LetGo();
        base.Dispose(disposing);
    }

    private ValueTask<byte[]> NextAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_pieces.Reader.TryRead(out var piece))
            {
                return new(piece);
            }

            // The read is under way before anybody learns of it: the caller has noted since when.
            var next = _pieces.Reader.ReadAsync(cancellationToken);
            _taken.TrySetResult(true);
            return next;
        }
    }

    private void LetGo()
    {
        lock (_gate)
        {
            _isGone = true;
            _taken.TrySetResult(false);
        }
    }
}
