using System.Collections.Concurrent;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests;

public sealed class Fdv2SocketTests : IAsyncDisposable
{
    /// <summary>Three payloads: a and b; a changed; b deleted and c added.</summary>
    private static readonly WireEvent[] Story =
    [
        WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Put("b", 1), WireEvent.Transferred("s1", 1),
        WireEvent.Put("a", 2), WireEvent.Transferred("s2", 2),
        WireEvent.Delete("b", 3), WireEvent.Put("c", 1), WireEvent.Transferred("s3", 3),
    ];

    /// <summary>What a reader may see at any time.</summary>
    private static readonly string[] Whole = ["", "a1 b1", "a2 b1", "a2 c1"];

    private ScriptedServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Cuts => [.. Enumerable.Range(0, Story.Length + 1)];

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_server_killed_after_any_event_and_started_again_leaves_no_trace(int cut)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.ThenStream(async x =>
        {
            await x.WriteAsync(WireEvent.Stream(Story[..cut]));
            sent.SetResult();
            await x.HoldAsync();
        });
        await using var client = await StartAsync(Chain(DataSystem.Streaming(ProtocolVersion.Fdv2)), TimeSpan.Zero);
        using var reader = new Reader(client);
        await sent.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        var state = Story[..cut].LastOrDefault(e => e.Name == "payload-transferred") is { } last ? $"s{Array.IndexOf(Story, last) switch { 3 => 1, 5 => 2, _ => 3 }}" : null;
        if (state is not null)
        {
            await Conditions.UntilAsync(() => Live(client) == Whole[state[1] - '0']);
        }

        await RestartAsync(server => server.ThenStream(async x =>
        {
            var basis = Basis(server.Requests.Entries[^1]);
            var from = basis is null ? 0 : Array.FindIndex(Story, e => e.Data.Contains($"\"{basis}\"", StringComparison.Ordinal)) + 1;
            await x.WriteAsync(from == Story.Length
                ? WireEvent.Stream(WireEvent.UpToDate)
                : WireEvent.Stream([.. from == 0 ? Array.Empty<WireEvent>() : [WireEvent.Changes], .. Story[from..]]));
            await x.HoldAsync();
        }));
        var request = await _server.Requests.EntryAsync(1);
        Assert.Equal(state is null ? "/sdk/stream" : $"/sdk/stream?basis={state}", request.Target);
        await Conditions.UntilAsync(() => Live(client) == "a2 c1");
        Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Token));
        Assert.Equal("s3", client.System.Snapshot.Selector.State);

        // And once more, from what is held now.
        await RestartAsync(server => server.ThenStream(WireEvent.Stream(WireEvent.UpToDate)));
        Assert.Equal("/sdk/stream?basis=s3", (await _server.Requests.EntryAsync(1)).Target);
        Assert.Empty(reader.Torn);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Polls_go_on_from_the_state_held_when_the_server_is_killed_within_a_body(int cut)
    {
        var body = WireEvent.Body(Story);
        var part = WireEvent.Body(Story[..cut])[..^2];
        _server.Then(async x =>
        {
            // The head promises the whole, and the connection dies after a part.
            await x.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"t\"\r\nContent-Length: {body.Length + 1}\r\n\r\n{part}");
            await x.ResetAsync();
        });
        _server.Then("200 OK", "ETag: \"t\"\r\n", body);
        _server.Then("304 Not Modified");
        _server.Then("200 OK", "", WireEvent.Body(WireEvent.Changes, WireEvent.Put("c", 9), WireEvent.Transferred("s4", 4)));
        await using var client = await StartAsync(
            Chain(new PollingOptions { Protocol = ProtocolVersion.Fdv2, Interval = TimeSpan.FromMilliseconds(20), AllowShortIntervals = true }), TimeSpan.Zero);
        using var reader = new Reader(client);
        await Conditions.UntilAsync(() => Live(client) == "a2 c9");
        Assert.Equal("s4", client.System.Snapshot.Selector.State);
        var requests = _server.Requests.Entries;
        Assert.Equal(["/sdk/poll", "/sdk/poll", "/sdk/poll?basis=s3", "/sdk/poll?basis=s3"], requests.Take(4).Select(r => r.Target));
        Assert.All(requests.Take(4), r => Assert.Null(r["If-None-Match"]));
        Assert.Empty(reader.Torn.Except(["a2 c9"]));
    }

    [Fact]
    public async Task An_order_with_a_good_answer_is_obeyed_after_the_payload_and_FDv2_comes_back()
    {
        const string Order = "X-LD-FD-Fallback: true\r\nX-LD-FD-Fallback-TTL: 1\r\n";
        _server.Then("200 OK", Order, WireEvent.Body(Story[..4]));
        _server.Then("200 OK", "", """{"flags":{"a":{"key":"a","version":7}}}""");
        _server.ThenStream(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 8), WireEvent.Transferred("s8", 8)));
        await using var client = await StartAsync(DataSystem.Default());
        await Conditions.UntilAsync(() => Live(client) == "a7");
        Assert.Equal("polling", client.DataSourceStatus.Current.Active!.Name);
        await Conditions.UntilAsync(() => Live(client) == "a8");
        Assert.Equal(["/sdk/poll", "/sdk/latest-all", "/sdk/stream"], _server.Requests.Entries.Select(r => r.Target));
        Assert.Equal(DataSourceState.Valid, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task An_order_with_an_open_stream_is_obeyed_after_the_payload()
    {
        _server.Then(async x =>
        {
            await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-LD-FD-Fallback: true\r\n\r\n" + WireEvent.Stream(Story[..4]));
            await x.HoldAsync();
        });
        _server.Then("200 OK", "", """{"flags":{"a":{"key":"a","version":7}}}""");
        await using var client = await StartAsync(Chain(DataSystem.Streaming(ProtocolVersion.Fdv2)).UseFdv1Fallback(DataSystem.Polling()));
        await Conditions.UntilAsync(() => Live(client) == "a7");
        Assert.Equal(["/sdk/stream", "/sdk/latest-all"], _server.Requests.Entries.Select(r => r.Target));
    }

    [Fact]
    public async Task An_order_without_FDv1_ends_every_connection()
    {
        _server.Then("503 Unavailable", "X-LD-FD-Fallback: true\r\nX-LD-FD-Fallback-TTL: 0\r\n");
        await using var client = await StartAsync(Chain(DataSystem.Streaming(ProtocolVersion.Fdv2), DataSystem.Polling(ProtocolVersion.Fdv2)));
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        await _server.AllClosedAsync();
        Assert.Equal(1, _server.Requests.Count);
    }

    [Fact]
    public async Task A_hung_stream_is_left_for_polling()
    {
        _server.ThenStream(": nothing but comments\n\n");
        _server.Then("200 OK", "", WireEvent.Body(Story));
        var chain = Chain(DataSystem.Streaming(ProtocolVersion.Fdv2), DataSystem.Polling(ProtocolVersion.Fdv2));
        chain.SlowStartTimeout = TimeSpan.FromMilliseconds(200);
        await using var client = await StartAsync(chain);
        Assert.Equal("a2 c1", Live(client));
        Assert.Equal(("fdv2-polling", "fdv2-streaming"), (client.DataSourceStatus.Current.Active!.Name, client.DataSourceStatus.Current.Active.PreviousName));
    }

    [Fact]
    public async Task A_goodbye_leads_to_a_new_connection_from_the_state_held()
    {
        _server.ThenStream(WireEvent.Stream([.. Story[..4], WireEvent.Goodbye()]));
        _server.ThenStream(WireEvent.Stream([WireEvent.Changes, .. Story[4..]]));
        await using var client = await StartAsync(Chain(DataSystem.Streaming(ProtocolVersion.Fdv2)));
        var states = new ConcurrentQueue<DataSourceState>();
        client.DataSourceStatus.Changed += s => states.Enqueue(s.State);
        await Conditions.UntilAsync(() => Live(client) == "a2 c1");
        Assert.Equal("/sdk/stream?basis=s1", _server.Requests.Entries[1].Target);
        Assert.DoesNotContain(DataSourceState.Interrupted, states);
    }

    private static SourceChainOptions Chain(params ReadOnlySpan<SourceOptions> sources)
    {
        foreach (var source in sources)
        {
            if (source is StreamingOptions stream)
            {
                (stream.InitialReconnectDelay, stream.MaxReconnectDelay) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
            }
        }

        return DataSystem.Chain().AddSynchronizers(sources);
    }

    private static string Live(Client client) => Text(client.System.Snapshot);

    private static string Text(DataSnapshot snapshot) =>
        string.Join(' ', snapshot.Flags.Live.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + f.Version));

    private static string? Basis(ScriptedRequest request) =>
        request.Target.IndexOf("basis=", StringComparison.Ordinal) is var at and >= 0 ? request.Target[(at + 6)..] : null;

    private async Task RestartAsync(Action<ScriptedServer> script)
    {
        var port = _server.Port;
        await _server.DisposeAsync();
        _server = new(port: port, script: script);
    }

    private Task<Client> StartAsync(DataSystemOptions source, TimeSpan? startTimeout = null) => Client.StartAsync(
        new()
        {
            SdkKey = "sdk-key",
            DataSystem = source,
            Endpoints = ServiceEndpoints.At(_server.Address),
            StartTimeout = startTimeout ?? TimeSpan.FromSeconds(30),
        },
        Token);

    /// <summary>Reads without a pause and keeps what is no whole payload.</summary>
    private sealed class Reader : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<HashSet<string>> _reading;

        public Reader(Client client) => _reading = Task.Run(() =>
        {
            var torn = new HashSet<string>();
            DataSnapshot? last = null;
            while (!_stop.IsCancellationRequested)
            {
                var snapshot = client.System.Snapshot;
                if (!ReferenceEquals(snapshot, last) && Text(last = snapshot) is var text && !Whole.Contains(text))
                {
                    torn.Add(text);
                }

                Thread.Yield();
            }

            return torn;
        });

        /// <summary>Ends the reading.</summary>
        public HashSet<string> Torn
        {
            get
            {
                _stop.Cancel();
#pragma warning disable xUnit1031 // It has been told to end.
                return _reading.Result;
#pragma warning restore xUnit1031
            }
        }

        public void Dispose()
        {
            _stop.Cancel();
            _stop.Dispose();
        }
    }
}
