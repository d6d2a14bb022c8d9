using Halyard.Concurrency;
using Halyard.Telemetry;

namespace Halyard.BigSegments;

/// <summary>
/// One request to the store, bounded in time even if the store ignores its token. It continues where it was started:
/// started on the <see cref="StoreThreads"/>, it needs no thread of the pool, all of which may be waiting for it.
/// </summary>
internal sealed class BigSegmentQuery : IDisposable
{
    private const string StoreName = "big-segments";

    private readonly string _operation;
    private readonly ClientMetrics _metrics;
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _closing;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _limit;

    public BigSegmentQuery(string operation, TimeSpan timeout, TimeProvider timeProvider, ClientMetrics metrics, CancellationToken closing)
    {
        _operation = operation;
        _metrics = metrics;
        _timeout = timeout;
        _closing = closing;
        _timer = new(timeout, timeProvider);
        _limit = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, closing);
    }

    /// <summary>Cancelled when the time is up or the client ends.</summary>
    public CancellationToken Limit => _limit.Token;

    public async Task<T> RunAsync<TState, T>(TState state, Func<TState, CancellationToken, ValueTask<T>> ask)
    {
        KeyValuePair<string, object?> store = new(HalyardMetrics.StoreTag, StoreName);
        KeyValuePair<string, object?> operation = new(HalyardMetrics.OperationTag, _operation);
        _metrics.Add(_metrics.Instruments.StoreFetches, 1, store, operation);
        Task<T>? answer = null;
        try
        {
            answer = ask(state, Limit).AsTask();
            return await answer.WaitAsync(Limit).ConfigureAwait(true);
        }
        catch (Exception e)
        {
            if (answer is not null)
            {
                Unwaited.Observe(answer);
            }

            if (_closing.IsCancellationRequested)
            {
                throw;
            }

            _metrics.Add(_metrics.Instruments.StoreErrors, 1, store, operation);
            if (e is OperationCanceledException && _timer.IsCancellationRequested)
            {
                throw new TimeoutException(
                    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"no answer within {_timeout.TotalSeconds:0.###} s"), e);
            }

            throw;
        }
    }

    public void Dispose()
    {
        _limit.Dispose();
        _timer.Dispose();
    }
}
