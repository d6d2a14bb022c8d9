using System.Buffers;

namespace Halyard.Cli;

/// <summary>What is sent to bring a client to a revision. Immutable; its text is made once, when it is asked for. Thread-safe.</summary>
internal sealed class PayloadTransfer
{
    /// <summary>Everything, in place of whatever the client holds.</summary>
    public const string Full = "xfer-full";

    /// <summary>What has changed since the client's state.</summary>
    public const string Changes = "xfer-changes";

    /// <summary>Nothing: the client is up to date.</summary>
    public const string None = "none";

    private readonly PayloadHistory _history;
    private readonly Lazy<ReadOnlyMemory<byte>> _frames;
    private readonly Lazy<ReadOnlyMemory<byte>> _body;
    private readonly Lazy<ReadOnlyMemory<byte>> _gzip;

    /// <param name="history">Names the states.</param>
    /// <param name="revision">The revision that the client has in the end.</param>
    /// <param name="code">The intent: <see cref="Full"/>, <see cref="Changes"/> or <see cref="None"/>.</param>
    /// <param name="reason">Why this is the intent, for people who look at the traffic.</param>
    /// <param name="items">What is sent; tombstones among changes only.</param>
    public PayloadTransfer(PayloadHistory history, long revision, string code, string reason, IReadOnlyList<RepositoryItem> items)
    {
        _history = history;
        (Revision, Code, Reason, Items) = (revision, code, reason, items);
        _frames = new(() => Encode(framed: true));
        _body = new(() => Encode(framed: false));
        _gzip = new(() => HttpAnswers.Gzip(_body.Value));
    }

    public long Revision { get; }

    public string Code { get; }

    public string Reason { get; }

    public IReadOnlyList<RepositoryItem> Items { get; }

    /// <summary>The whole transfer as frames of a stream.</summary>
    public ReadOnlyMemory<byte> Frames => _frames.Value;

    /// <summary>The whole transfer as a poll's answer.</summary>
    public ReadOnlyMemory<byte> Body => _body.Value;

    public ReadOnlyMemory<byte> BodyGzip => _gzip.Value;

    /// <summary>Begins the transfer and breaks it off in the middle.</summary>
    public void BreakOff(PayloadEventWriter events, string reason)
    {
        Begin(events);
        for (var i = 0; i < Items.Count / 2; i++)
        {
            events.Item(Items[i]);
        }

        events.Error(_history.PayloadId, reason);
    }

    private void Begin(PayloadEventWriter events) => events.Intent(_history.PayloadId, Revision, Code, Reason);

    private ReadOnlyMemory<byte> Encode(bool framed)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        if (!framed)
        {
            text.Write(PayloadEventWriter.BodyBegin);
        }

        using (var events = new PayloadEventWriter(text, framed))
        {
            Begin(events);
            foreach (var item in Items)
            {
                events.Item(item);
            }

            if (Code != None)
            {
                events.Transferred(_history.Selector(Revision), Revision);
            }
        }

        if (!framed)
        {
            text.Write(PayloadEventWriter.BodyEnd);
        }

        return text.WrittenMemory;
    }
}
