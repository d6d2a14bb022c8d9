using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>
/// One request and its answer. The service writes on one side; the client reads on the other, in pieces that end at any byte
/// and arrive in order, until the connection is closed, cut, or silent for ever.
/// </summary>
internal sealed class Connection(int number, string address, Link link, SimScheduler scheduler, SimRandom random)
{
    private readonly Queue<ReadOnlyMemory<byte>> _arrived = new();
    private readonly Queue<Mark> _marks = new();
    private TaskCompletionSource? _arrival;
    private TimeSpan _lastArrival;
    private long _written;
    private long _read;
    private bool _ended;
    private bool _cut;
    private bool _isHalfOpen;
    private bool _willEnd;

    public int Number => number;

    public string Address => address;

    /// <summary>Whether the client holds it.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Whether the service may still write.</summary>
    public bool IsWritable => IsHeld && !_willEnd && !_isHalfOpen;

    /// <summary>Whether bytes can still come, as far as the client can know.</summary>
    public bool SeemsOpen => IsHeld && !_ended && !_cut;

    /// <summary>Whether the service speaks FDv2 on it.</summary>
    public bool IsFdv2 { get; init; }

    /// <summary>Told of each mark that the client has read up to.</summary>
    public Action<Mark>? Passed { get; init; }

    /// <summary>When something last arrived.</summary>
    public TimeSpan LastHeard { get; private set; } = scheduler.Now;

    /// <summary>Writes a part of the answer.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="state">What who has read them all knows of; null for nothing new.</param>
    public void Write(byte[] bytes, int? state)
    {
        if (!IsWritable)
        {
            return;
        }

        if (link.Swallows)
        {
            _isHalfOpen = true;
            return;
        }

        _written += bytes.Length;
        var pieces = 1 + (random.Chance(0.5) ? random.Below(3) : 0);
        for (var begin = 0; begin < bytes.Length; pieces--)
        {
            var length = pieces <= 1 ? bytes.Length - begin : Math.Min(bytes.Length - begin, 1 + random.Below(bytes.Length));
            var piece = bytes.AsMemory(begin, length);
            begin += length;
            if (link.Flakiness > 0 && random.Chance(link.Flakiness))
            {
                End(random.Pick(ConnectionEnd.Reset, ConnectionEnd.Close, ConnectionEnd.Silence));
                return;
            }

            Arrive("piece", () => _arrived.Enqueue(piece));
        }

        if (state is { } index)
        {
            _marks.Enqueue(new(_written, index));
        }
    }

    /// <summary>Ends the answer.</summary>
    /// <param name="end">How.</param>
    /// <param name="state">What who has read the whole answer knows of.</param>
    public void End(ConnectionEnd end, int? state = null)
    {
        if (_willEnd)
        {
            return;
        }

        _willEnd = true;
        if (link.Swallows || end == ConnectionEnd.Silence)
        {
            _isHalfOpen = true;
            return;
        }

        if (state is { } index)
        {
            _marks.Enqueue(new(_written + 1, index));
        }

        Arrive(end == ConnectionEnd.Reset ? "reset" : "end", () => (_ended, _cut) = (end == ConnectionEnd.Close, end == ConnectionEnd.Reset));
    }

    /// <summary>The connection ends now, whatever is under way.</summary>
    public void Cut(ConnectionEnd end)
    {
        (_willEnd, _isHalfOpen) = (true, true);
        if (end == ConnectionEnd.Silence)
        {
            return;
        }

        (_ended, _cut) = (end == ConnectionEnd.Close, end == ConnectionEnd.Reset);
        Wake();
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_arrived.TryPeek(out var piece))
            {
                return Take(piece, buffer.Span);
            }

            if (_cut)
            {
                throw new IOException("The connection was reset.");
            }

            if (_ended)
            {
                Pass(1);
                return 0;
            }

            _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _arrival.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The client lets go.</summary>
    public void Release() => IsHeld = false;

    private int Take(ReadOnlyMemory<byte> piece, Span<byte> buffer)
    {
        var length = Math.Min(piece.Length, buffer.Length);
        piece.Span[..length].CopyTo(buffer);
        _arrived.Dequeue();
        if (length < piece.Length)
        {
            // The rest stays in front of what came after it.
            var rest = _arrived.ToArray();
            _arrived.Clear();
            _arrived.Enqueue(piece[length..]);
            Array.ForEach(rest, _arrived.Enqueue);
        }

        Pass(length);
        return length;
    }

    private void Pass(int bytes)
    {
        _read += bytes;
        while (_marks.TryPeek(out var mark) && mark.Offset <= _read)
        {
            _marks.Dequeue();
            Passed?.Invoke(mark);
        }
    }

    private void Arrive(string what, Action action)
    {
        var arrival = scheduler.Now + random.Between(link.LeastDelay, link.MostDelay);
        _lastArrival = arrival > _lastArrival ? arrival : _lastArrival + TimeSpan.FromTicks(1);
        scheduler.At(_lastArrival, $"{what} of {number}", () =>
        {
            if (!IsHeld || _isHalfOpen)
            {
                return;
            }

            if (link.Swallows)
            {
                _isHalfOpen = true;
                return;
            }

            LastHeard = scheduler.Now;
            action();
            Wake();
        });
    }

    private void Wake() => _arrival?.TrySetResult();
}
