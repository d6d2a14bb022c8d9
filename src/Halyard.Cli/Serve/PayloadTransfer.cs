namespace Halyard.Cli;

/// <summary>What is sent to bring a client to a revision. Immutable.</summary>
/// <param name="History">Names the states.</param>
/// <param name="Revision">The revision that the client has in the end.</param>
/// <param name="Code">The intent: <see cref="Full"/>, <see cref="Changes"/> or <see cref="None"/>.</param>
/// <param name="Reason">Why this is the intent, for people who look at the traffic.</param>
/// <param name="Items">What is sent; tombstones among changes only.</param>
internal sealed record PayloadTransfer(
    PayloadHistory History, long Revision, string Code, string Reason, IReadOnlyList<RepositoryItem> Items)
{
    /// <summary>Everything, in place of whatever the client holds.</summary>
    public const string Full = "xfer-full";

    /// <summary>What has changed since the client's state.</summary>
    public const string Changes = "xfer-changes";

    /// <summary>Nothing: the client is up to date.</summary>
    public const string None = "none";

    /// <summary>Begins the transfer.</summary>
    public void Begin(PayloadEventWriter events) => events.Intent(History.PayloadId, Revision, Code, Reason);

    /// <summary>Ends the transfer, once all items are written.</summary>
    public void End(PayloadEventWriter events)
    {
        if (Code != None)
        {
            events.Transferred(History.Selector(Revision), Revision);
        }
    }

    /// <summary>Begins the transfer and breaks it off in the middle.</summary>
    public void BreakOff(PayloadEventWriter events, string reason)
    {
        Begin(events);
        for (var i = 0; i < Items.Count / 2; i++)
        {
            events.Item(Items[i]);
        }

        events.Error(History.PayloadId, reason);
    }
}
