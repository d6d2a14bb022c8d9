using StackExchange.Redis;

namespace Halyard;

/// <summary>
/// Hears the errors that a server answers with. The client library keeps for itself why a command in a transaction was
/// refused: it throws the last answer alone, that the transaction was discarded. Its event names all. Thread-safe.
/// </summary>
internal sealed class RedisErrors(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);
    private const int MaxWaits = 20;

    private volatile string? _last;

    public void Listen(IConnectionMultiplexer multiplexer) => multiplexer.ErrorMessage += OnError;

    public void Leave(IConnectionMultiplexer multiplexer) => multiplexer.ErrorMessage -= OnError;

    /// <summary>To be called before a transaction.</summary>
    public void Forget() => _last = null;

    /// <summary>What was refused of late; null when it is not heard in time. The event comes by another way than the answer, and may be later.</summary>
    public async Task<string?> LastAsync(CancellationToken cancellationToken)
    {
        for (var waits = 0; _last is null && waits < MaxWaits; waits++)
        {
            await Task.Delay(Patience, time, cancellationToken).ConfigureAwait(false);
        }

        return _last;
    }

    private void OnError(object? sender, RedisErrorEventArgs e)
    {
        if (!RedisRefusal.IsDiscarded(e.Message))
        {
            _last = e.Message;
        }
    }
}
