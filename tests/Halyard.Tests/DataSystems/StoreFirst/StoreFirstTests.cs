using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests;

public sealed class StoreFirstTests
{
    private static readonly Context User = Context.New("user-1");

    private readonly FakeStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_is_read_until_the_first_data_and_written_from_then_on()
    {
        _store.Put("a", 1);
        _store.Put("gone", 1);
        using var service = new ScriptedHandler();
        service.ThenStream(out var stream);
        await using (var client = await StartAsync(service, Chain().UsePersistentStore(_store)))
        {
            Assert.True(client.BoolVariation("a", User, false));
            Assert.True(await client.BoolVariationAsync("gone", User, false, Token));
            Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("b", User, false).Reason.ErrorKind);
            Assert.Equal(DataSourceState.Initializing, client.DataSourceStatus.Current.State);
            Assert.Equal(2, client.AllFlagsState(User).Values.Count);
            var reads = _store.Reads;

            await SendAsync(stream, WireEvent.Full, Put("a", 2), Put("b", 1), WireEvent.Transferred("s1"));
            Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Token));
            Assert.True(client.BoolVariation("b", User, false));
            Assert.True(await client.BoolVariationAsync("a", User, false, Token));
            Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("gone", User, false).Reason.ErrorKind);
            Assert.Equal(EvaluationErrorKind.FlagNotFound, (await client.BoolVariationDetailAsync("gone", User, false, Token)).Reason.ErrorKind);
            Assert.Equal(2, client.AllFlagsState(User).Values.Count);
            Assert.Equal(reads, _store.Reads);

            await SendAsync(stream, WireEvent.Delete("a", 3), WireEvent.Transferred("s2"));
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (client.AllFlagsState(User).Values.Count == 2)
            {
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        // Disposal writes what is left.
        Assert.Equal("a3 deleted, b1", _store.Text);
        Assert.Equal(2, _store.Closed);
    }

    [Fact]
    public async Task The_next_start_has_the_data_when_the_service_is_away()
    {
        using (var service = new ScriptedHandler())
        {
            service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, Put("a", 1), WireEvent.Transferred("s1")));
            await using var client = await StartAsync(service, Chain().UsePersistentStore(_store), TimeSpan.FromSeconds(30));
            Assert.True(client.Initialized);
        }

        using var away = new ScriptedHandler();
        await using var again = await StartAsync(away.ThenFail(new HttpRequestException("away")), Chain().UsePersistentStore(_store));
        Assert.True(again.BoolVariation("a", User, false));
    }

    [Fact]
    public async Task A_store_that_something_else_fills_is_not_written()
    {
        using var service = new ScriptedHandler();
        service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, Put("a", 1), WireEvent.Transferred("s1")));
        await using (var client = await StartAsync(service, Chain().UsePersistentStore(_store, isWritten: false), TimeSpan.FromSeconds(30)))
        {
            Assert.True(client.BoolVariation("a", User, false));
        }

        Assert.Equal("", _store.Text);
    }

    [Fact]
    public async Task A_store_that_is_down_costs_defaults_until_the_first_data_and_nothing_after_it()
    {
        _store.IsDown = true;
        using var service = new ScriptedHandler();
        service.ThenStream(out var stream);
        await using var client = await StartAsync(service, Chain().UsePersistentStore(_store));
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("a", User, false).Reason.ErrorKind);
        Assert.Null(client.DataSourceStatus.Current.LastError);
        await SendAsync(stream, WireEvent.Full, Put("a", 2), WireEvent.Transferred("s1"));
        Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Token));
        Assert.True(client.BoolVariation("a", User, false));
        _store.IsDown = false;
    }

    [Fact]
    public async Task The_reader_is_closed_once_there_is_data_and_whoever_waits_for_it_goes_on()
    {
        _store.Put("a", 1);
        _store.Hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var service = new ScriptedHandler();
        service.ThenStream(out var stream);
        await using (var client = await StartAsync(service, Chain().UsePersistentStore(_store, isWritten: false)))
        {
            var waiting = client.BoolVariationDetailAsync("b", User, false, Token).AsTask();
            await _store.Held.EntryAsync(1);
            await SendAsync(stream, WireEvent.Full, Put("b", 1), WireEvent.Transferred("s1"));
            await _store.Closings.EntryAsync(1);
            var read = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Token);
            Assert.Equal((true, EvaluationErrorKind.None), (read.Value, read.Reason.ErrorKind));

            // Nobody needs the store any more.
            _store.IsDown = true;
            Assert.True(client.BoolVariation("b", User, false));
            Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("a", User, false).Reason.ErrorKind);
            Assert.Equal(EvaluationErrorKind.FlagNotFound, (await client.BoolVariationDetailAsync("a", User, false, Token)).Reason.ErrorKind);
            Assert.Single((await client.AllFlagsStateAsync(User, cancellationToken: Token)).Values);
        }

        Assert.Equal(1, _store.Closed);
    }

    [Fact]
    public async Task A_reader_that_is_never_replaced_is_closed_with_the_client_and_what_it_gave_stays()
    {
        _store.Put("a", 1);
        using var service = new ScriptedHandler();
        var client = await StartAsync(service.ThenStream(out _), Chain().UsePersistentStore(_store, isWritten: false));
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal(0, _store.Closed);
        await client.DisposeAsync();
        Assert.Equal(1, _store.Closed);
        Assert.True(client.BoolVariation("a", User, false));
    }

    [Fact]
    public async Task A_reader_that_fails_to_close_harms_nothing()
    {
        _store.FailsToClose = true;
        using var service = new ScriptedHandler();
        service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, Put("b", 1), WireEvent.Transferred("s1")));
        await using var client = await StartAsync(service, Chain().UsePersistentStore(_store, isWritten: false), TimeSpan.FromSeconds(30));
        await _store.Closings.EntryAsync(1);
        Assert.True(client.BoolVariation("b", User, false));
    }

    [Fact]
    public async Task A_store_without_its_marker_counts_as_empty()
    {
        _store.Put("a", 1, marks: false);
        using var service = new ScriptedHandler();
        service.ThenStream(out _);
        var chain = Chain();
        chain.ReadFirst = new(_store) { Ttl = TimeSpan.Zero };
        await using var client = await StartAsync(service, chain);
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("a", User, false).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.ClientNotReady, (await client.BoolVariationDetailAsync("a", User, false, Token)).Reason.ErrorKind);
        Assert.False(client.AllFlagsState(User).IsValid);
        Assert.Equal(0, _store.Reads);

        _store.Put("b", 1);
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal(2, client.AllFlagsState(User).Values.Count);
    }

    [Fact]
    public async Task What_was_asked_for_before_the_marker_was_there_is_asked_for_again()
    {
        _store.Put("a", 1, marks: false);
        using var service = new ScriptedHandler();
        service.ThenStream(out _);
        var time = new FakeTimeProvider();
        var chain = Chain();
        chain.ReadFirst = new(_store) { Ttl = Timeout.InfiniteTimeSpan };
        await using var client = await StartAsync(service, chain, timeProvider: time);
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("a", User, false).Reason.ErrorKind);
        Assert.False(client.AllFlagsState(User).IsValid);

        _store.Put("b", 1);
        time.Advance(TimeSpan.FromSeconds(1.25));
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("a", User, false).Reason.ErrorKind);
        Assert.False(client.AllFlagsState(User).IsValid);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal(2, client.AllFlagsState(User).Values.Count);
    }

    [Fact]
    public async Task However_many_keys_are_read_an_absent_marker_is_asked_for_once_a_second()
    {
        _store.Put("a", 1, marks: false);
        using var service = new ScriptedHandler();
        service.ThenStream(out _);
        var time = new FakeTimeProvider();
        await using var client = await StartAsync(service, Chain().UsePersistentStore(_store, isWritten: false), timeProvider: time);
        for (var second = 0; second < 10; second++)
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail($"key-{i}", User, false).Reason.ErrorKind);
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }

        // The start's question, and one a second for items, and one for the marker itself.
        Assert.InRange(_store.MarkerReads, 10, 21);
        Assert.Equal(0, _store.Reads);
        _store.Put("b", 1);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(client.BoolVariation("a", User, false));
    }

    [Fact]
    public void The_usual_chain_can_have_a_store()
    {
        var options = DataSystem.PersistentStore(_store);
        Assert.Equal((1, 2), (options.Initializers.Count, options.Synchronizers.Count));
        Assert.Same(_store, options.ReadFirst!.Store);
        Assert.Same(_store, options.WriteTo!.Store);
    }

    private static SourceChainOptions Chain() => DataSystem.Chain().AddSynchronizers(DataSystem.Streaming(ProtocolVersion.Fdv2));

    private static WireEvent Put(string key, long version) => new(
        "put-object", $$$"""{"version":{{{version}}},"kind":"flag","key":"{{{key}}}","object":{{{Json(key, version)}}}}""");

    private static string Json(string key, long version) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":true,"fallthrough":{"variation":0},"variations":[true,false]}""";

    private static async Task SendAsync(PipeWriter stream, params WireEvent[] events) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(WireEvent.Stream(events)), Token);

    private static Task<Client> StartAsync(
        ScriptedHandler service, DataSystemOptions source, TimeSpan startTimeout = default, TimeProvider? timeProvider = null)
    {
        var options = new ClientOptions { SdkKey = "k", DataSystem = source, StartTimeout = startTimeout };
        options.TimeProvider = timeProvider ?? options.TimeProvider;
        options.Http.HandlerFactory = () => service;
        return Client.StartAsync(options, Token);
    }

    /// <summary>A store in memory.</summary>
    private sealed class FakeStore : IPersistentStore, ISerializedDataReader, ISerializedDataWriter
    {
        private readonly ConcurrentDictionary<(DataKind Kind, string Key), SerializedItemDescriptor> _items = new();
        private volatile bool _marker;
        private int _reads;
        private int _markerReads;

        public string Identity => "fake";

        public volatile bool IsDown;

        public int Reads => Volatile.Read(ref _reads);

        public int MarkerReads => Volatile.Read(ref _markerReads);

        public int Closed => Closings.Count;

        /// <summary>An entry for each disposal of a reader or writer.</summary>
        public Journal<bool> Closings { get; } = new();

        public bool FailsToClose { get; set; }

        /// <summary>Holds up reads of single items until it completes, if it is set.</summary>
        public TaskCompletionSource? Hold { get; set; }

        /// <summary>An entry for each read that is held up.</summary>
        public Journal<string> Held { get; } = new();

        public string Text => string.Join(", ", _items.OrderBy(i => i.Key.Key, StringComparer.Ordinal).Select(i => i.Key.Key + i.Value.Version + (i.Value.Deleted ? " deleted" : "")));

        public void Put(string key, long version, bool marks = true)
        {
            _items[(DataKind.Flag, key)] = new(version, false, Encoding.UTF8.GetBytes(Json(key, version)));
            _marker |= marks;
        }

        public ISerializedDataReader CreateReader(PersistentStoreContext context) => this;

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => this;

        public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
        {
            Read();
            return Hold is { } hold ? HeldAsync(hold.Task) : new(Find());

            SerializedItemDescriptor? Find() => _items.TryGetValue((kind, key), out var item) ? item : null;

            async ValueTask<SerializedItemDescriptor?> HeldAsync(Task until)
            {
                Held.Add(key);
                await until.WaitAsync(cancellationToken);
                return Find();
            }
        }

        public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
        {
            Read();
            return new(_items.Where(i => i.Key.Kind == kind).ToDictionary(i => i.Key.Key, i => i.Value));
        }

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _markerReads);
            return IsDown ? throw new InvalidOperationException("down") : new(_marker);
        }

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            Check();
            _items.Clear();
            foreach (var item in items)
            {
                _items[(item.Kind, item.Key)] = item.Item;
            }

            _marker = true;
            return default;
        }

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            Check();
            _items[(item.Kind, item.Key)] = item.Item;
            return new(true);
        }

        public ValueTask DisposeAsync()
        {
            Closings.Add(true);
            return FailsToClose ? throw new InvalidOperationException("stuck") : default;
        }

        private void Read()
        {
            Check();
            Interlocked.Increment(ref _reads);
        }

        private void Check()
        {
            if (IsDown)
            {
                throw new InvalidOperationException("down");
            }
        }
    }
}
