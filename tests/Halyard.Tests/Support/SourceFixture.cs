using Halyard.DataSystems.Sources.Fdv2;
using Halyard.DataSystems.Sources.Polling;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Http;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Support;

/// <summary>A source under fake time and without jitter, with a service scripted in memory or, given its address, a real one.</summary>
internal sealed class SourceFixture : IAsyncDisposable
{
    public const string Key = "sdk-secret-0123";

    private IDataSynchronizer? _source;

    public SourceFixture(Uri? service = null)
    {
        Inits = new(Time);
        Options = new ClientOptions
        {
            SdkKey = Key,
            TimeProvider = Time,
            Endpoints = ServiceEndpoints.At(service ?? new Uri("http://flags.test/base/")),
        };
        Options.Http.HandlerFactory = service is null ? () => Service : null;
    }

    public RecordingTimeProvider Time { get; } = new();

    public ScriptedHandler Service { get; } = new();

    public RecordingDestination Destination { get; } = new();

    public RecordingStatus Status { get; } = new();

    public FakeLogger Log { get; } = new();

    public ServiceEnvironment Environment { get; } = new();

    /// <summary>What a stream notes for diagnostics.</summary>
    public StreamInits Inits { get; }

    public ClientOptions Options { get; }

    public IDataSynchronizer Source => _source!;

    /// <summary>Whether the service's bodies are taken for the platform's own.</summary>
    public bool BodiesWaitForNothing { get; init; }

    public async Task<StreamingSynchronizer> StreamAsync(Action<StreamingOptions>? configure = null, IStreamEventReader? events = null)
    {
        var options = new StreamingOptions();
        configure?.Invoke(options);
        options.Validate(Options);
        var http = Http();
        var source = new StreamingSynchronizer(StreamingSettings.Of(options), Options.Endpoints.Streaming, http, Status, Time, Log, () => 0, events) { Inits = Inits };
        _source = source;
        await source.StartAsync(Destination, null, TestContext.Current.CancellationToken);
        return source;
    }

    public async Task<PollingSynchronizer> PollAsync(Action<PollingOptions>? configure = null)
    {
        var options = new PollingOptions();
        configure?.Invoke(options);
        options.Validate(Options);
        var http = Http();
        var source = new PollingSynchronizer(PollingSettings.Of(options, Log), Options.Endpoints.Polling, http, Status, Time, Log, () => 0);
        _source = source;
        await source.StartAsync(Destination, null, TestContext.Current.CancellationToken);
        return source;
    }

    public async Task<Fdv2StreamingSynchronizer> Fdv2StreamAsync(Action<StreamingOptions>? configure = null, Selector held = default)
    {
        var options = new StreamingOptions { Protocol = ProtocolVersion.Fdv2 };
        configure?.Invoke(options);
        options.Validate(Options);
        var http = Http();
        var source = new Fdv2StreamingSynchronizer(StreamingSettings.Of(options), Options.Endpoints.Streaming, http, Status, Time, Log, () => 0) { Inits = Inits };
        _source = source;
        await source.StartAsync(Destination, new(held), TestContext.Current.CancellationToken);
        return source;
    }

    public async Task<Fdv2PollingSynchronizer> Fdv2PollAsync(Action<PollingOptions>? configure = null, Selector held = default)
    {
        var options = new PollingOptions { Protocol = ProtocolVersion.Fdv2 };
        configure?.Invoke(options);
        options.Validate(Options);
        var http = Http();
        var source = new Fdv2PollingSynchronizer(PollingSettings.Of(options, Log), Options.Endpoints.Polling, http, Status, Time, Log, () => 0);
        _source = source;
        await source.StartAsync(Destination, new(held), TestContext.Current.CancellationToken);
        return source;
    }

    private ServiceHttpClient Http()
    {
        var http = ServiceHttpClient.Create(Options, "instance-1", Log, Environment);
        http.BodiesWaitForNothing = BodiesWaitForNothing;
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        }

        // Whatever a test did, nothing is left behind, and the key is in no log.
        Assert.True(_source is null || Options.Http.HandlerFactory is null || Service.Disposed);
        Assert.Equal(0, Time.TimersAlive);
        Assert.DoesNotContain(Log.Collector.GetSnapshot(), r => r.Message.Contains(Key, StringComparison.Ordinal));
    }
}
