using System.Globalization;

namespace Halyard.Cli;

/// <summary>
/// The states of the one payload that is served by FDv2: names each, and judges what a client that holds one
/// of them needs. The payload's id is this server's own and drawn at each start, so that a state that another server
/// named, or this one before it was restarted, is never taken for one of these. Thread-safe.
/// </summary>
/// <param name="limit">How many revisions back a client may be and still get changes alone.</param>
internal sealed class PayloadHistory(int limit)
{
    // Of each reason the newest: many clients that come at once are sent the same text.
    private readonly Dictionary<string, (RepositorySnapshot Of, PayloadTransfer Transfer)> _full = [];

    public string PayloadId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>How a client names the state at a revision.</summary>
    public string Selector(long revision) => string.Create(CultureInfo.InvariantCulture, $"(p:{PayloadId}:{revision})");

    /// <summary>What brings a client from the state it names to the snapshot.</summary>
    /// <param name="basis">The state that the client holds; null or empty when it holds none.</param>
    /// <param name="snapshot">Where the client should get to.</param>
    public PayloadTransfer Plan(string? basis, RepositorySnapshot snapshot)
    {
        if (RevisionOf(basis) is not { } held)
        {
            return Full(snapshot, "payload-missing");
        }

        if (held == snapshot.Revision)
        {
            return new(this, snapshot.Revision, PayloadTransfer.None, "up-to-date", []);
        }

        // A revision that is yet to come was never given out by this server: nothing can be said about it.
        return held > snapshot.Revision || snapshot.Revision - held > limit
            ? Full(snapshot, "cant-catchup")
            : new(this, snapshot.Revision, PayloadTransfer.Changes, "stale", [.. snapshot.ChangedSince(held)]);
    }

    private PayloadTransfer Full(RepositorySnapshot snapshot, string reason)
    {
        lock (_full)
        {
            if (_full.TryGetValue(reason, out var held) && held.Of == snapshot)
            {
                return held.Transfer;
            }

            var transfer = new PayloadTransfer(this, snapshot.Revision, PayloadTransfer.Full, reason, [.. snapshot.Live()]);
            _full[reason] = (snapshot, transfer);
            return transfer;
        }
    }

    private long? RevisionOf(string? selector)
    {
        var prefix = $"(p:{PayloadId}:";
        return selector is [.., ')']
            && selector.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(selector.AsSpan(prefix.Length..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : null;
    }
}
