using System.Runtime.InteropServices;
using System.Text.Json;
using Halyard.Concurrency;
using Halyard.DataModel.Json.Reading;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>Reports the client's settings once, and how its events fare at an interval. No names, no addresses, no keys.</summary>
internal sealed class EventDiagnostics
{
    private const int KeySuffix = 6;

    private readonly ClientOptions _options;
    private readonly EventSender _sender;
    private readonly EventCounts _events;
    private readonly StreamInits _streams;
    private readonly TimeProvider _time;
    private readonly string _id = Guid.NewGuid().ToString();
    private readonly Supervisor _supervisor;
    private long _since;
    private bool _isKnown;

    public EventDiagnostics(ClientOptions options, EventSender sender, EventCounts events, StreamInits streams, ILogger logger, CancellationToken stop)
    {
        _options = options;
        _sender = sender;
        _events = events;
        _streams = streams;
        _time = options.TimeProvider;
        _since = Now;
        _supervisor = new("the diagnostics", _time, logger);
        Running = Task.Run(() => _supervisor.RunAsync(RunAsync, stop), CancellationToken.None);
    }

    /// <summary>Ends, without an error, when it is told to stop.</summary>
    public Task Running { get; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task RunAsync(CancellationToken stop)
    {
        if (!_isKnown)
        {
            _supervisor.Pass("diagnostics: begin");
            _isKnown = await SendAsync(WriteInit, stop).ConfigureAwait(false);
        }

        while (true)
        {
            // No periodic timer: when the clock cannot make one, its finalizer ends the process.
            await Task.Delay(_options.Events!.DiagnosticsInterval, _time, stop).ConfigureAwait(false);

            // Statistics mean nothing to a service that does not know the settings; it may take those the next time.
            _supervisor.Pass("diagnostics: send");
            _isKnown = await SendAsync(_isKnown ? WriteStatistics : WriteInit, stop).ConfigureAwait(false) || _isKnown;
        }
    }

    private async Task<bool> SendAsync(Action<Utf8JsonWriter> write, CancellationToken stop)
    {
        using var buffer = new PayloadBuffer();
        var writer = new Utf8JsonWriter(buffer, JsonText.Plain);
        await using (writer.ConfigureAwait(false))
        {
            write(writer);
        }

        return await _sender.SendDiagnosticAsync(buffer.Written, stop).ConfigureAwait(false) != Delivery.Refused;
    }

    private void WriteInit(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteCommon(writer, "diagnostic-init"u8, Now);
        WriteSdk(writer);
        WriteConfiguration(writer);
        writer.WriteStartObject("platform"u8);
        writer.WriteString("name"u8, "dotnet"u8);
        writer.WriteString("osName"u8, OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "MacOS" : OperatingSystem.IsLinux() ? "Linux" : "unknown");
        writer.WriteString("osVersion"u8, Environment.OSVersion.Version.ToString());
        writer.WriteString("osArch"u8, RuntimeInformation.OSArchitecture.ToString());
        writer.WriteString("dotNetTargetFramework"u8, RuntimeInformation.FrameworkDescription);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteStatistics(Utf8JsonWriter writer)
    {
        var now = Now;
        var (dropped, deduplicated, lastBatch) = _events.Take();
        writer.WriteStartObject();
        WriteCommon(writer, "diagnostic"u8, now);
        writer.WriteNumber("dataSinceDate"u8, _since);
        writer.WriteNumber("droppedEvents"u8, dropped);
        writer.WriteNumber("deduplicatedUsers"u8, deduplicated);
        writer.WriteNumber("eventsInLastBatch"u8, lastBatch);
        WriteStreamInits(writer);
        writer.WriteEndObject();
        _since = now;
    }

    private void WriteStreamInits(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("streamInits"u8);
        foreach (var init in _streams.Take())
        {
            writer.WriteStartObject();
            writer.WriteNumber("timestamp"u8, init.Timestamp);
            writer.WriteNumber("durationMillis"u8, init.DurationMillis);
            writer.WriteBoolean("failed"u8, init.Failed);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteCommon(Utf8JsonWriter writer, ReadOnlySpan<byte> kind, long now)
    {
        var key = _options.SdkKey;
        writer.WriteString("kind"u8, kind);
        writer.WriteNumber("creationDate"u8, now);
        writer.WriteStartObject("id"u8);
        writer.WriteString("diagnosticId"u8, _id);
        writer.WriteString("sdkKeySuffix"u8, key.Length > KeySuffix ? key[^KeySuffix..] : key);
        writer.WriteEndObject();
    }

    private void WriteSdk(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("sdk"u8);
        writer.WriteString("name"u8, "halyard"u8);
        writer.WriteString("version"u8, RequestHeaders.Version);
        if (!string.IsNullOrEmpty(_options.Http.WrapperName))
        {
            writer.WriteString("wrapperName"u8, _options.Http.WrapperName);
            if (!string.IsNullOrEmpty(_options.Http.WrapperVersion))
            {
                writer.WriteString("wrapperVersion"u8, _options.Http.WrapperVersion);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteConfiguration(Utf8JsonWriter writer)
    {
        var events = _options.Events!;
        var standard = new ServiceEndpoints();
        writer.WriteStartObject("configuration"u8);
        writer.WriteBoolean("allAttributesPrivate"u8, events.AllAttributesPrivate);
        writer.WriteBoolean("customBaseURI"u8, _options.Endpoints.Polling != standard.Polling);
        writer.WriteBoolean("customEventsURI"u8, _options.Endpoints.Events != standard.Events);
        writer.WriteBoolean("customStreamURI"u8, _options.Endpoints.Streaming != standard.Streaming);
        writer.WriteNumber("diagnosticRecordingIntervalMillis"u8, Milliseconds(events.DiagnosticsInterval));
        writer.WriteNumber("eventsCapacity"u8, events.Capacity);
        writer.WriteNumber("eventsFlushIntervalMillis"u8, Milliseconds(events.FlushInterval));
        writer.WriteNumber("userKeysCapacity"u8, events.ContextKeysCapacity);
        writer.WriteNumber("userKeysFlushIntervalMillis"u8, Milliseconds(events.ContextKeysResetInterval));
        writer.WriteNumber("connectTimeoutMillis"u8, Milliseconds(_options.Http.ConnectTimeout));
        writer.WriteNumber("socketTimeoutMillis"u8, Milliseconds(_options.Http.ResponseTimeout));
        writer.WriteNumber("startWaitMillis"u8, Milliseconds(_options.StartTimeout));
        writer.WriteBoolean("streamingDisabled"u8, _options.DataSystem is not StreamingOptions);
        writer.WriteBoolean("usingRelayDaemon"u8, _options.DataSystem is LazyLoadOptions);
        writer.WriteBoolean("usingProxy"u8, _options.Http.Proxy is not null);
        writer.WriteEndObject();
    }

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;
}
