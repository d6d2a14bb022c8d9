using System.Globalization;
using System.Text;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>The service, which speaks both protocols from one history.</summary>
internal sealed class Service(History history, SimRandom random)
{
    private const int MostChanges = 20;

    private readonly List<Connection> _streams = [];
    private readonly List<ServiceFault> _faults = [];

    public History History => history;

    /// <summary>What is wrong now; null for nothing.</summary>
    public ServiceFault? Fault => _faults.Count > 0 ? _faults[^1] : null;

    public void Begin(ServiceFault fault) => _faults.Add(fault);

    public void End(ServiceFault fault) => _faults.Remove(fault);

    public void Heal() => _faults.Clear();

    /// <summary>Sends what was published to every stream.</summary>
    public void Announce(IReadOnlyList<SimState> states)
    {
        _streams.RemoveAll(static stream => !stream.IsWritable);
        foreach (var stream in _streams)
        {
            if (stream.IsFdv2)
            {
                Send(stream, Fdv2Text.Changes(history.States[states[0].Index - 1], states[^1]).Append(Fdv2Text.Transferred(states[^1])), states[^1].Index);
                continue;
            }

            foreach (var state in states)
            {
                stream.Write(Bytes(Fdv1Text.Change(history.States[state.Index - 1], state)), state.Index);
            }
        }
    }

    /// <summary>Ends every stream, as a restart does.</summary>
    public void Restart()
    {
        foreach (var stream in _streams)
        {
            stream.Cut(random.Pick(ConnectionEnd.Close, ConnectionEnd.Reset, ConnectionEnd.Close, ConnectionEnd.Silence));
        }

        _streams.Clear();
    }

    /// <summary>Keeps the streams from looking dead.</summary>
    public void Beat()
    {
        _streams.RemoveAll(static stream => !stream.IsWritable);
        foreach (var stream in _streams)
        {
            stream.Write(stream.IsFdv2 ? Bytes(Fdv1Text.Event("heartbeat", "{}")) : ":\n"u8.ToArray(), null);
        }
    }

    /// <summary>Answers a request.</summary>
    /// <returns>What the answer begins with; null for silence.</returns>
    public AnswerHead? Answer(HttpRequestMessage request, Connection connection)
    {
        var fault = Fault;
        switch (fault?.Kind)
        {
            case ServiceFaultKind.Silence:
                return null;
            case ServiceFaultKind.Status:
                connection.End(ConnectionEnd.Close);
                return new(fault.Number, fault.Number is 429 or 503 ? [("Retry-After", "20")] : []);
            case ServiceFaultKind.Page:
                connection.Write(Bytes("<html>Sign in</html>"), null);
                connection.End(ConnectionEnd.Close);
                return new(200, [("Content-Type", "text/html")]);
            case ServiceFaultKind.Json:
                connection.Write(Bytes(IsStream(connection) ? "event: put\ndata: {\"error\":1}\n\n" : "{\"error\":1}"), null);
                connection.End(ConnectionEnd.Close);
                return new(200, [("Content-Type", IsStream(connection) ? "text/event-stream" : "application/json")]);
            default:
                return Good(request, connection, fault);
        }
    }

    private static bool IsStream(Connection connection) =>
        connection.Address.StartsWith("/all", StringComparison.Ordinal) || connection.Address.StartsWith("/sdk/stream", StringComparison.Ordinal);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private AnswerHead Good(HttpRequestMessage request, Connection connection, ServiceFault? fault)
    {
        var head = history.Head;
        List<(string, string)> headers = [("Content-Type", IsStream(connection) ? "text/event-stream" : "application/json")];
        if (fault is { Kind: ServiceFaultKind.Fallback } && connection.IsFdv2)
        {
            headers.Add(("X-LD-FD-Fallback", "true"));
            headers.Add(("X-LD-FD-Fallback-TTL", fault.Number.ToString(CultureInfo.InvariantCulture)));
        }

        if (!IsStream(connection))
        {
            return Poll(request, connection, head, headers, fault);
        }

        _streams.Add(connection);
        if (!connection.IsFdv2)
        {
            Write(connection, Fdv1Text.Put(head), head.Index, fault);
            return new(200, headers);
        }

        Send(connection, Transfer(connection, head, fault), head.Index, fault);
        if (fault?.Kind == ServiceFaultKind.Goodbye)
        {
            connection.Write(Bytes(Fdv1Text.Event("goodbye", "{\"reason\":\"sim\"}")), null);
        }

        return new(200, headers);
    }

    private AnswerHead Poll(HttpRequestMessage request, Connection connection, SimState head, List<(string, string)> headers, ServiceFault? fault)
    {
        string body;
        if (connection.IsFdv2)
        {
            var events = Transfer(connection, head, fault).Select(static e => $"{{\"event\":\"{e.Name}\",\"data\":{e.Data}}}");
            body = $"{{\"events\":[{string.Join(",", events)}]}}";
        }
        else
        {
            var tag = $"\"{head.Mark:x}\"";
            if (request.Headers.TryGetValues("If-None-Match", out var tags) && tags.Contains(tag))
            {
                connection.End(ConnectionEnd.Close);
                return new(304, [], head.Index);
            }

            headers.Add(("ETag", tag));
            body = Fdv1Text.DataSet(head);
        }

        if (fault?.Kind == ServiceFaultKind.CutShort)
        {
            // What is missing at the end is more than the brackets around the last event, after which all is said.
            connection.Write(Bytes(body[..random.Below(body.Length - 3)]), null);
            connection.End(ConnectionEnd.Close);
            return new(200, headers);
        }

        connection.Write(Bytes(body), null);
        connection.End(ConnectionEnd.Close, head.Index);
        return new(200, headers);
    }

    /// <summary>The transfer that a client needs, by the state that it says it has.</summary>
    private IEnumerable<(string Name, string Data)> Transfer(Connection connection, SimState head, ServiceFault? fault)
    {
        var at = connection.Address.IndexOf("basis=", StringComparison.Ordinal);
        var basis = at < 0 ? "" : Uri.UnescapeDataString(connection.Address[(at + 6)..].Split('&')[0]);
        var target = head.Index + 1;
        if (basis == head.Selector)
        {
            return [Fdv2Text.Intent("none", target)];
        }

        var parts = basis.Split(':');
        if (parts.Length == 2 && int.Parse(parts[0], CultureInfo.InvariantCulture) == head.Epoch
            && int.Parse(parts[1], CultureInfo.InvariantCulture) is var index && head.Index - index <= MostChanges)
        {
            return Whole("xfer-changes", Fdv2Text.Changes(history.States[index], head), head, fault);
        }

        return Whole("xfer-full", Fdv2Text.Items(head), head, fault);
    }

    private IEnumerable<(string Name, string Data)> Whole(
        string code, IEnumerable<(string Name, string Data)> items, SimState head, ServiceFault? fault)
    {
        List<(string Name, string Data)> all = [.. items];
        List<(string Name, string Data)> events = [Fdv2Text.Intent(code, head.Index + 1)];
        if (fault?.Kind == ServiceFaultKind.BrokenTransfer)
        {
            // What came before the error is of no use: it may be of another time.
            List<(string Name, string Data)> useless = [.. Fdv2Text.Items(history.States[random.Below(head.Index + 1)])];
            events.AddRange(useless.Take(random.Below(useless.Count + 1)));
            events.Add(("error", "{\"reason\":\"sim\"}"));
            if (random.Chance(0.5))
            {
                events.Add(Fdv2Text.Intent(code, head.Index + 1));
            }
        }

        return [.. events, .. all, Fdv2Text.Transferred(head)];
    }

    private void Send(Connection stream, IEnumerable<(string Name, string Data)> events, int state, ServiceFault? fault = null) =>
        Write(stream, string.Concat(events.Select(static e => Fdv1Text.Event(e.Name, e.Data))), state, fault);

    private void Write(Connection stream, string text, int state, ServiceFault? fault)
    {
        if (fault?.Kind == ServiceFaultKind.CutShort)
        {
            stream.Write(Bytes(text[..random.Below(text.Length)]), null);
            stream.End(ConnectionEnd.Close);
            return;
        }

        stream.Write(Bytes(text), state);
    }
}
