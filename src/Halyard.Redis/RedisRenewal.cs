namespace Halyard;

/// <summary>
/// Decides when a connection is to be made anew although its sockets are open: when the server behind it has become a
/// replica, which takes no writes and never closes the connection for that. A new connection reaches whoever is the
/// primary under the same name by then. At most one every five seconds, since the name may go on leading to a replica for
/// a while. Thread-safe.
/// </summary>
internal sealed class RedisRenewal(TimeProvider time)
{
    /// <summary>The shortest time between two renewals.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    // The client library finds no writable server also for a moment, while it looks at its servers anew.
    private const int Repeated = 2;

    private readonly Lock _gate = new();

    // Both guarded by _gate.
    private int _unwritable;
    private long? _renewedAt;

    /// <summary>Notes an answer to a write.</summary>
    public void Wrote()
    {
        if (Volatile.Read(ref _unwritable) != 0)
        {
            Volatile.Write(ref _unwritable, 0);
        }
    }

    /// <summary>Notes that no connected server takes writes.</summary>
    /// <param name="isSure">Whether the server itself said so.</param>
    /// <returns>Whether the connection is to be made anew now.</returns>
    public bool IsDue(bool isSure)
    {
        lock (_gate)
        {
            if (++_unwritable < Repeated && !isSure)
            {
                return false;
            }

            if (_renewedAt is { } last && time.GetElapsedTime(last) < Pace)
            {
                return false;
            }

            _unwritable = 0;
            _renewedAt = time.GetTimestamp();
            return true;
        }
    }
}
