using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard;

/// <summary>What a <see cref="Client"/> is made from. Read once, at the start.</summary>
public sealed class ClientOptions
{
    /// <summary>The SDK key of the environment; needed by streaming and polling. Printable ASCII without blanks.</summary>
    public string SdkKey { get; set; } = "";

    /// <summary>Where flag data comes from. Default: streaming.</summary>
    public DataSystemOptions DataSystem { get; set; } = new StreamingOptions();

    /// <summary>
    /// Copies the data of a pushed data system (streaming, polling, files, ...) into a persistent store, in the
    /// background. Default: null, none. Not with <see cref="LazyLoadOptions"/>, which reads from a store.
    /// </summary>
    public WriteThroughOptions? WriteThrough { get; set; }

    /// <summary>How long <see cref="Client.StartAsync"/> waits for the first data. Default: 5 seconds. Zero does not wait.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Where big segments are looked up. Default: null, nowhere; they then have no members but by their rules.</summary>
    public BigSegmentsOptions? BigSegments { get; set; }

    /// <summary>Opens no connection and serves defaults (or the persistent store's data). Default: false.</summary>
    public bool Offline { get; set; }

    /// <summary>Base addresses of the service. Default: LaunchDarkly's own.</summary>
    public ServiceEndpoints Endpoints { get; set; } = new();

    /// <summary>Connection settings shared by all HTTP sources.</summary>
    public HttpOptions Http { get; set; } = new();

    /// <summary>Code that runs around evaluations and after tracking, in this order. Default: none.</summary>
    public IList<Hook> Hooks { get; } = [];

    /// <summary>Analytics events. Default: none, and evaluations pay nothing for them.</summary>
    public EventOptions? Events { get; set; }

    /// <summary>Where to log. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Keeps the last good data in a file, so that the next start serves it at once, network or not. For pushed data
    /// only. Default: null, nothing is kept.
    /// </summary>
    public SnapshotOptions? Snapshot { get; set; }
}
