namespace Halyard.Concurrency;

/// <summary>
/// Fetches that may go in one request with each other. Everything in it is guarded by the lock of its
/// <see cref="SingleFlight{TKey, TResult}"/>.
/// </summary>
internal sealed class FetchGroup<TKey, TResult>
    where TKey : notnull
{
    /// <summary>The fetches that wait for the next request.</summary>
    public List<PendingFetch<TKey, TResult>> Waiting { get; } = [];

    /// <summary>How many requests of the group are under way.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Whether a thread has been asked to send what waits.</summary>
    public bool IsSendingScheduled { get; set; }

    public void Started() => UnderWay++;

    public void Ended() => UnderWay--;
}
