namespace Halyard.Fuzzing.Targets;

/// <summary>A stream that gives one to three bytes at a time.</summary>
internal sealed class PiecesStream(byte[] bytes) : MemoryStream(bytes)
{
    private int _calls;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (_calls++ % 3))], cancellationToken);
}
