using System.Diagnostics.Metrics;
using Halyard.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard;

/// <summary>What a <see cref="Client"/> is made from. Read once, at the start.</summary>
public sealed class ClientOptions
{
    /// <summary>What the methods that take options call them, for the name of the parameter at fault.</summary>
    private const string OptionsName = "options";

    /// <summary>The longest <see cref="Name"/>, in characters.</summary>
    private const int LongestName = 100;

    /// <summary>
    /// What the client is called, for processes with several: its metrics are tagged with it, and the categories of its log end with it, as
    /// in <c>Halyard.Client[eu]</c>. Default: empty, and the categories stay as they are. At most 100 characters, none of them a control
    /// character.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>The SDK key of the environment; needed by streaming and polling. Printable ASCII without blanks.</summary>
    public string SdkKey { get; set; } = "";

    /// <summary>Where flag data comes from. Default: streaming.</summary>
    public DataSystemOptions DataSystem { get; set; } = new StreamingOptions();

    /// <summary>
    /// Copies the data of a pushed data system (streaming, polling, files, ...) into a persistent store, in the
    /// background. Default: null, none. Not with <see cref="LazyLoadOptions"/>, which reads from a store.
    /// </summary>
    public WriteThroughOptions? WriteThrough { get; set; }

    /// <summary>How long <see cref="Client.StartAsync(CancellationToken)"/> waits for the first data. Default: 5 seconds. Zero does not wait for data, though a source of the application's own has 15 seconds to begin; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever. At most 24 days.</summary>
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

    /// <summary>The same, for the client's own use: they do not throw.</summary>
    internal ILoggerFactory Loggers => new GuardedLoggers(LoggerFactory, Name);

    /// <summary>What makes the meter of <see cref="HalyardTelemetry.MeterName"/>, and ends it. Default: null, a meter that all clients share.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where delays get their random share from, as numbers from 0 to less than 1; null for the shared generator. For simulations, which repeat themselves.</summary>
    internal Func<double>? Random { get; set; }

    /// <summary>Where the snapshot's file is read and written; null for a thread of its own each time. For simulations, whose disks are slow as they please.</summary>
    internal TaskScheduler? DiskScheduler { get; set; }

    /// <summary>
    /// Keeps the last good data in a file, so that the next start serves it at once, network or not. For pushed data
    /// only. Default: null, nothing is kept.
    /// </summary>
    public SnapshotOptions? Snapshot { get; set; }

    /// <summary>
    /// Files of flags, flag values and segments that stand in place of those of the same key, whatever the data system
    /// delivers; <see cref="Client.Overrides"/> sets more at run time. Made by <see cref="Halyard.DataSystem.File"/>, and watched,
    /// polled and merged like a file source; unlike there, a flag value answers with the reason <c>OFF</c>, a version that is
    /// stated counts, and a missing or faulty file keeps no client from starting. Default: null, none.
    /// </summary>
    public FileSourceOptions? Overrides { get; set; }

    /// <summary>
    /// Takes what is not set yet from the environment variables that LaunchDarkly's samples and tools use:
    /// <see cref="SdkKey"/> from <c>LAUNCHDARKLY_SDK_KEY</c> or, without it, <c>LD_SDK_KEY</c>; the <see cref="Endpoints"/> of polls, streams
    /// and events from <c>LD_BASE_URI</c>, <c>LD_STREAM_URI</c> and <c>LD_EVENTS_URI</c>, where they are LaunchDarkly's own so far. Nothing
    /// reads them unless this is called. Blanks around a value are left out, and an empty one counts as none.
    /// </summary>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">A variable holds no http or https address; the message names the variable and not what it holds.</exception>
    public ClientOptions ReadLaunchDarklyVariables() => ReadLaunchDarklyVariables(Environment.GetEnvironmentVariable);

    /// <inheritdoc cref="ReadLaunchDarklyVariables()"/>
    /// <param name="variable">Gives the value of a variable; null where there is none.</param>
    internal ClientOptions ReadLaunchDarklyVariables(Func<string, string?> variable)
    {
        if (string.IsNullOrEmpty(SdkKey))
        {
            SdkKey = Text("LAUNCHDARKLY_SDK_KEY") ?? Text("LD_SDK_KEY") ?? "";
        }

        // Other options may share the object that these have.
        var (now, usual) = (Endpoints, new ServiceEndpoints());
        Endpoints = new()
        {
            Polling = Address("LD_BASE_URI", now.Polling, usual.Polling),
            Streaming = Address("LD_STREAM_URI", now.Streaming, usual.Streaming),
            Events = Address("LD_EVENTS_URI", now.Events, usual.Events),
        };
        return this;

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;

        Uri Address(string name, Uri now, Uri usual) => now != usual || Text(name) is not { } text
            ? now
            : Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? address
                : throw new ArgumentException($"The environment variable {name} holds no http or https address.");
    }

    /// <summary>Fails with one clear error when the options cannot work; opens nothing.</summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    public void Validate()
    {
        Snapshot?.Validate();
        if (Snapshot is not null && DataSystem is LazyLoadOptions)
        {
            throw new ArgumentException("A snapshot is kept of pushed data only: Lazy Load has its own store.", OptionsName);
        }

        ArgumentNullException.ThrowIfNull(LoggerFactory, "options.LoggerFactory");
        ArgumentNullException.ThrowIfNull(TimeProvider, "options.TimeProvider");
        ArgumentNullException.ThrowIfNull(Endpoints, "options.Endpoints");
        ArgumentNullException.ThrowIfNull(Http, "options.Http");
        ArgumentNullException.ThrowIfNull(DataSystem, "options.DataSystem");
        ArgumentNullException.ThrowIfNull(Name, "options.Name");
        if (Name.Length > LongestName || Name.Any(char.IsControl))
        {
            throw new ArgumentException($"ClientOptions.Name has {Name.Length} characters; it must have at most {LongestName}, and no control characters.", OptionsName);
        }

        if (Hooks.Any(static hook => hook is null))
        {
            throw new ArgumentException("ClientOptions.Hooks has a null among its hooks.", OptionsName);
        }

        if (StartTimeout != Timeout.InfiniteTimeSpan && (StartTimeout < TimeSpan.Zero || StartTimeout > HttpOptionsValidation.LongestSpan))
        {
            throw new ArgumentException(
                $"ClientOptions.StartTimeout is {StartTimeout}; it must be from zero to {HttpOptionsValidation.LongestSpan.Days} days, or Timeout.InfiniteTimeSpan.",
                OptionsName);
        }

        BigSegments?.Validate();
        ValidateOverrides();
        if (!Offline)
        {
            DataSystem.Validate(this);
            Events?.Validate(this);
            WriteThrough?.Validate(DataSystem);
        }
    }

    private void ValidateOverrides()
    {
        try
        {
            Overrides?.Validate(this);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{nameof(Overrides)}: {e.Message}", OptionsName, e);
        }
    }
}
