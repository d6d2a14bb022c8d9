namespace Halyard.Http;

/// <summary>The attempts to open streams since diagnostics were last sent. Thread-safe.</summary>
internal sealed class StreamInits(TimeProvider time)
{
    /// <summary>A stream that fails at once for hours must fill neither the memory nor a diagnostic event; the newest attempts are kept.</summary>
    public const int Most = 100;

    private readonly Lock _gate = new();
    private Queue<StreamInit> _inits = new();

    /// <summary>Notes an attempt that ends now.</summary>
    /// <param name="began">When it began, as <see cref="TimeProvider.GetTimestamp"/> told.</param>
    /// <param name="failed">Whether it ended before the first event.</param>
    public void Add(long began, bool failed)
    {
        var took = time.GetElapsedTime(began);
        var init = new StreamInit((time.GetUtcNow() - took).ToUnixTimeMilliseconds(), (long)took.TotalMilliseconds, failed);
        lock (_gate)
        {
            if (_inits.Count == Most)
            {
                _inits.Dequeue();
            }

            _inits.Enqueue(init);
        }
    }

    /// <summary>Takes what there is, oldest first.</summary>
    public IReadOnlyCollection<StreamInit> Take()
    {
        lock (_gate)
        {
            var taken = _inits;
            _inits = new();
            return taken;
        }
    }
}
