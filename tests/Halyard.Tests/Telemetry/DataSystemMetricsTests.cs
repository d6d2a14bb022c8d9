using System.Diagnostics.Metrics;
using System.Text;
using Halyard.Model;
using Halyard.Telemetry;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Telemetry;

/// <summary>What metrics tell of data systems. Each test has a factory of its own, so that no other client's measurements come in.</summary>
public sealed class DataSystemMetricsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, string Tags)> _seen = [];

    public DataSystemMetricsTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == HalyardTelemetry.MeterName && instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_pushed_client_tells_of_its_source_its_data_and_its_overrides()
    {
        ScriptedSource source = null!;
        await using var client = await StartAsync("eu", DataSystem.FromSynchronizer(context => source = new(context.Status)));
        Assert.Equal(["halyard.source.state=initializing"], Current("halyard.source.state"));
        Assert.Empty(Look("halyard.data.age"));

        source.Destination!.Init(new([Items.Flag("a"), Items.Flag("b")], [Items.Segment("s")]));
        source.Status.ReportValid();
        _time.Advance(TimeSpan.FromSeconds(90));
        client.Overrides.Set("a", true);
        Assert.Equal(["halyard.source.state=valid"], Current("halyard.source.state"));
        Assert.Equal([(1, "halyard.client.name=eu halyard.source.name=scripted")], Look("halyard.source.active"));
        Assert.Equal([(90, "halyard.client.name=eu")], Look("halyard.data.age"));
        Assert.Equal(
            [(2, "halyard.client.name=eu halyard.item.kind=flag"), (1, "halyard.client.name=eu halyard.item.kind=segment")],
            Look("halyard.data.item.count"));
        Assert.Equal(
            [(1, "halyard.client.name=eu halyard.item.kind=flag"), (0, "halyard.client.name=eu halyard.item.kind=segment")],
            Look("halyard.override.count"));

        source.Destination.Upsert(DataKind.Flag, "b", Items.Flag("b", 2));
        source.Destination.Upsert(DataKind.Flag, "b", Items.Flag("b", 2));
        Assert.Equal([(1, "halyard.client.name=eu"), (1, "halyard.client.name=eu")], All("halyard.data.changes"));
        Assert.Equal(2, All("halyard.data.apply.duration").Count(time => time.Value is > 0 and < 60));

        source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        source.Status.ReportInterrupted(DataSourceErrorKind.ErrorResponse, "503", 503);
        source.Status.ReportInterrupted((DataSourceErrorKind)77, "of no kind");
        Assert.Equal(["halyard.source.state=interrupted"], Current("halyard.source.state"));
        Assert.Equal(
            [
                (1, "halyard.client.name=eu error.type=_OTHER"), (2, "halyard.client.name=eu error.type=network_error"),
                (1, "halyard.client.name=eu error.type=error_response"),
            ],
            Look("halyard.source.failures"));
    }

    [Fact]
    public async Task Clients_of_one_factory_share_its_instruments_and_leave_no_measurement_behind()
    {
        var first = await StartAsync("", DataSystem.TestData(new()));
        var second = await StartAsync("us", DataSystem.TestData(new()));
        Assert.Equal([(1, "halyard.source.name=test data"), (1, "halyard.client.name=us halyard.source.name=test data")], Look("halyard.source.active"));
        await first.DisposeAsync();
        Assert.Equal([(1, "halyard.client.name=us halyard.source.name=test data")], Look("halyard.source.active"));
        await second.DisposeAsync();
        Assert.Empty(Look("halyard.source.active"));
        Assert.Same(HalyardMetrics.Of(_services.GetRequiredService<IMeterFactory>()), HalyardMetrics.Of(_services.GetRequiredService<IMeterFactory>()));
    }

    [Fact]
    public async Task A_listener_far_behind_shows_as_waiting_and_merged_events()
    {
        var data = new TestData();
        await using var client = await StartAsync("", DataSystem.TestData(data));
        await using (var slow = client.FlagChanges.GetAsyncEnumerator(Clients.Clients.Token))
        {
            for (var i = 0; i < 1030; i++)
            {
                data.Update(TestData.Flag($"flag-{i}"));
            }

            Assert.Equal([(1025, "")], Look("halyard.listener.waiting"));
            Assert.Equal([(6, "")], Look("halyard.listener.merges"));
            Assert.True(await slow.MoveNextAsync());
            Assert.Equal([(1024, "")], Look("halyard.listener.waiting"));
        }

        Assert.Equal([(0, "")], Look("halyard.listener.waiting"));
        Assert.Equal([(6, "")], Look("halyard.listener.merges"));
    }

    [Fact]
    public async Task What_the_network_brings_is_counted_as_it_comes_and_so_is_every_connection()
    {
        var options = DataSystem.Polling();
        options.BaseUri = new("http://flags.example");
        var body = """{"flags":{},"segments":{}}""";
        await using var client = await StartAsync("", options, clientOptions => clientOptions.Http.HandlerFactory = () => new OneAnswer(body));
        Assert.Equal([(body.Length, "")], Look("halyard.source.received"));
        Assert.Equal([(0, "")], Look("halyard.source.connections"));
        client.DataSourceStatus.ReportConnected();
        client.DataSourceStatus.ReportConnected();
        Assert.Equal([(2, "")], Look("halyard.source.connections"));
    }

    [Fact]
    public async Task What_is_read_has_its_time_measured_for_each_change_set_and_source()
    {
        var options = DataSystem.Polling();
        options.BaseUri = new("http://flags.example");
        await using var polling = await StartAsync("", options, clientOptions =>
            clientOptions.Http.HandlerFactory = () => new OneAnswer("""{"flags":{"a":{"key":"a","version":1}},"segments":{}}"""));
        Assert.Equal("halyard.source.name=polling", Assert.Single(All("halyard.data.parse.duration"), time => time.Value is > 0 and < 60).Tags);

        _seen.Clear();
        using var service = new ScriptedHandler();
        service.ThenStream(out var stream);
        await using var streaming = await StartAsync("eu", DataSystem.Streaming(ProtocolVersion.Fdv2), clientOptions =>
        {
            clientOptions.TimeProvider = TimeProvider.System;
            clientOptions.Http.HandlerFactory = () => service;
        });
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Put("b", 1), WireEvent.Transferred("s1"))), Clients.Clients.Token);
        await Conditions.UntilAsync(() => streaming.Store.GetFlag("b") is not null);
        Assert.Equal("halyard.client.name=eu halyard.source.name=fdv2-streaming", Assert.Single(All("halyard.data.parse.duration")).Tags);
    }

    [Fact]
    public async Task Files_have_the_time_of_their_reading_measured()
    {
        var folder = Directory.CreateTempSubdirectory("halyard-parse-metrics-");
        try
        {
            var path = Path.Combine(folder.FullName, "flags.json");
            await File.WriteAllTextAsync(path, """{"flagValues":{"a":true}}""", Clients.Clients.Token);
            await using var client = await StartAsync("", DataSystem.File(path), options =>
            {
                options.TimeProvider = TimeProvider.System;
                options.StartTimeout = TimeSpan.FromSeconds(30);
            });
            Assert.Equal("halyard.source.name=file", Assert.Single(All("halyard.data.parse.duration"), time => time.Value is > 0 and < 60).Tags);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Saves_and_loads_of_the_snapshot_are_counted_with_what_failed()
    {
        var folder = Directory.CreateTempSubdirectory("halyard-snapshot-metrics-");
        try
        {
            var path = Path.Combine(folder.FullName, "flags.snapshot");
            var data = new TestData().Update(TestData.Flag("a"));
            await (await StartAsync("", DataSystem.TestData(data), Snapshot)).DisposeAsync();
            Assert.Equal(1, All("halyard.snapshot.saves").Count(save => save == (1, "")));
            await (await StartAsync("", DataSystem.TestData(data), Snapshot)).DisposeAsync();
            Assert.Contains((1, ""), All("halyard.snapshot.loads"));
            await File.WriteAllTextAsync(path, "no snapshot", Clients.Clients.Token);
            await (await StartAsync("", DataSystem.TestData(data), Snapshot)).DisposeAsync();
            Assert.Contains(All("halyard.snapshot.loads"), load => load.Value == 1 && load.Tags.StartsWith("error.type=Halyard.", StringComparison.Ordinal));

            void Snapshot(ClientOptions options)
            {
                options.SdkKey = "sdk-1";
                options.Snapshot = new() { Path = path };
                options.TimeProvider = TimeProvider.System;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_listener_of_metrics_that_throws_disturbs_no_client()
    {
        using var throwing = new MeterListener();
        throwing.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>())
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        throwing.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("no room"));
        throwing.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("no room"));
        throwing.Start();
        var data = new TestData();
        await using var client = await StartAsync("", DataSystem.TestData(data));
        data.Update(TestData.Flag("on").VariationForAll(true));
        Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
    }

    private async Task<Client> StartAsync(string name, DataSystemOptions system, Action<ClientOptions>? configure = null)
    {
        var options = new ClientOptions
        {
            Name = name,
            SdkKey = "sdk-1",
            DataSystem = system,
            StartTimeout = TimeSpan.Zero,
            TimeProvider = _time,
            MeterFactory = _services.GetRequiredService<IMeterFactory>(),
        };
        configure?.Invoke(options);
        var client = await Client.StartAsync(options, Clients.Clients.Token);
        if (system is PollingOptions)
        {
            Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Timeout.InfiniteTimeSpan, Clients.Clients.Token).Soon());
        }

        return client;
    }

    private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct, IConvertible
    {
        var text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        lock (_seen)
        {
            _seen.Add((instrument.Name, value.ToDouble(null), text));
        }
    }

    /// <summary>What an instrument tells when somebody collects.</summary>
    private List<(double Value, string Tags)> Look(string instrument)
    {
        lock (_seen)
        {
            _seen.RemoveAll(seen => seen.Instrument == instrument);
        }

        _listener.RecordObservableInstruments();
        return All(instrument);
    }

    /// <summary>What an instrument has told so far.</summary>
    private List<(double Value, string Tags)> All(string instrument)
    {
        lock (_seen)
        {
            return [.. _seen.Where(seen => seen.Instrument == instrument).Select(seen => (seen.Value, seen.Tags))];
        }
    }

    // The state that is said to be so.
    private IEnumerable<string> Current(string instrument) =>
        Look(instrument).Where(seen => seen.Value == 1).Select(seen => seen.Tags.Split(' ')[^1]);

    private sealed class OneAnswer(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage
            {
                Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
                RequestMessage = request,
            });
    }
}
