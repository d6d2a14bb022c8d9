using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Halyard.Tests.LazyLoading;

/// <summary>A store's voice: says what a test says, falls silent, fails, or is not there.</summary>
internal sealed class FakeSignals : IStoreChangeSource
{
    private readonly Lock _gate = new();
    private Channel<StoreChange>? _line;
    private int _calls;

    /// <summary>When set, listening fails with it.</summary>
    public volatile Exception? Failure;

    /// <summary>How often somebody began to listen.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether somebody listens now.</summary>
    public bool IsHeard
    {
        get
        {
            lock (_gate)
            {
                return _line is not null;
            }
        }
    }

    public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        if (Failure is { } failure)
        {
            throw failure;
        }

        var line = Channel.CreateUnbounded<StoreChange>();
        line.Writer.TryWrite(StoreChange.Everything);
        lock (_gate)
        {
            _line = line;
        }

        try
        {
            await foreach (var change in line.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _line = null;
            }
        }
    }

    public void Say(StoreChange change)
    {
        lock (_gate)
        {
            Assert.True(_line!.Writer.TryWrite(change));
        }
    }

    /// <summary>As <see cref="Say"/>, unless nobody listens at this moment.</summary>
    public void TrySay(StoreChange change)
    {
        lock (_gate)
        {
            _line?.Writer.TryWrite(change);
        }
    }

    public void Lose(Exception failure)
    {
        lock (_gate)
        {
            _line!.Writer.TryComplete(failure);
        }
    }
}
