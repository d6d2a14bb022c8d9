using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>Sets client options from a section of the configuration. What the section does not say stays as it is.</summary>
internal static class ClientSettings
{
    /// <param name="configuration">The section.</param>
    /// <param name="options">What is set.</param>
    /// <param name="store">The store that the services hold, for the settings that need one; null when they hold none.</param>
    /// <param name="bigSegments">What opens big segments; null when the services hold nothing that does.</param>
    /// <exception cref="OptionsValidationException">Settings are wrong; it names every one of them by its path.</exception>
    /// <param name="client">The client's name, under which its store is registered; empty for the client without one.</param>
    public static void Apply(
        IConfiguration configuration, ClientOptions options, IPersistentStore? store = null, IBigSegmentStoreFactory? bigSegments = null, string client = "")
    {
        var errors = new List<string>();
        var settings = new SettingsReader(configuration, errors);
        var asService = client.Length == 0 ? "as a service" : $"as a keyed service under '{client}'";
        settings.Text("Name", value => options.Name = value);
        settings.Text("SdkKey", value => options.SdkKey = value);
        settings.Time("StartTimeout", value => options.StartTimeout = value);
        settings.Switch("Offline", value => options.Offline = value);
        settings.Section("Endpoints", endpoints => ApplyEndpoints(endpoints, options));
        settings.Section("Http", http => ApplyHttp(http, options.Http));
        settings.Section("Snapshot", snapshot => ApplySnapshot(snapshot, options.Snapshot ??= new()));
        settings.Section("WriteThrough", writing => ApplyWriteThrough(writing, options, store, asService));
        settings.Section("BigSegments", segments => ApplyBigSegments(segments, options, bigSegments, asService));
        settings.Section("Events", events => ApplyEvents(events, options));
        settings.Section("TracingHook", tracing => ApplyTracing(tracing, options));
        settings.Section("Overrides", overrides => ApplyOverrides(overrides, options));
        settings.Section("DataSystem", system => ApplyDataSystem(system, options, store, asService));
        settings.End();
        if (errors.Count != 0)
        {
            throw new OptionsValidationException(client, typeof(ClientOptions), errors);
        }
    }

    // The base is for all, the others override it.
    private static void ApplyEndpoints(SettingsReader settings, ClientOptions options)
    {
        settings.Address("Base", value => options.Endpoints = ServiceEndpoints.At(value));
        settings.Address("Streaming", value => options.Endpoints.Streaming = value);
        settings.Address("Polling", value => options.Endpoints.Polling = value);
        settings.Address("Events", value => options.Endpoints.Events = value);
    }

    private static void ApplyHttp(SettingsReader settings, HttpOptions http)
    {
        settings.Time("ConnectTimeout", value => http.ConnectTimeout = value);
        settings.Time("ResponseTimeout", value => http.ResponseTimeout = value);
        settings.Count("MinimumBytesPerSecond", value => http.MinimumBytesPerSecond = value);
        settings.Time("MinimumRateWindow", value => http.MinimumRateWindow = value);
        settings.Address("Proxy", value => http.Proxy = new System.Net.WebProxy(value));
        settings.Switch("SkipCertificateValidation", value => http.SkipCertificateValidation = value);
        settings.Map("Headers", (name, value) => http.Headers[name] = value);
        settings.Text("WrapperName", value => http.WrapperName = value);
        settings.Text("WrapperVersion", value => http.WrapperVersion = value);
        settings.Text("ApplicationId", value => http.ApplicationId = value);
        settings.Text("ApplicationVersion", value => http.ApplicationVersion = value);
        settings.Text("ApplicationName", value => http.ApplicationName = value);
        settings.Text("ApplicationVersionName", value => http.ApplicationVersionName = value);
    }

    private static void ApplySnapshot(SettingsReader settings, SnapshotOptions snapshot)
    {
        settings.Text("Path", value => snapshot.Path = value);
        settings.Time("Interval", value => snapshot.Interval = value);
        settings.Switch("WaitForFreshData", value => snapshot.WaitForFreshData = value);
    }

    private static void ApplyWriteThrough(SettingsReader settings, ClientOptions options, IPersistentStore? store, string asService)
    {
        if (store is null)
        {
            settings.Error($"needs a store: register an IPersistentStore {asService}.");
            settings.Skip();
            return;
        }

        var writing = options.WriteThrough = new(store);
        settings.Choice<StoreMode>("Mode", value => writing.Mode = value);
        settings.Section("Cache", cache => LazyLoad(cache, writing.Cache = new(store)));
        settings.Time("MarkerCheckInterval", value => writing.MarkerCheckInterval = value);
        settings.Time("WriteTimeout", value => writing.WriteTimeout = value);
        settings.Time("FlushTimeout", value => writing.FlushTimeout = value);
        settings.Enabled(() => options.WriteThrough = null);
    }

    private static void ApplyBigSegments(SettingsReader settings, ClientOptions options, IBigSegmentStoreFactory? factory, string asService)
    {
        if (factory is null)
        {
            settings.Error($"needs a store: register an IPersistentStore of Halyard's packages, or an IBigSegmentStoreFactory, {asService}.");
            settings.Skip();
            return;
        }

        var segments = options.BigSegments = new(factory.OpenBigSegments);
        settings.Count("ContextCacheSize", value => segments.ContextCacheSize = value);
        settings.Time("ContextCacheTime", value => segments.ContextCacheTime = value);
        settings.Time("StatusPollInterval", value => segments.StatusPollInterval = value);
        settings.Time("StaleAfter", value => segments.StaleAfter = value);
        settings.Time("QueryTimeout", value => segments.QueryTimeout = value);
        settings.Enabled(() => options.BigSegments = null);
    }

    private static void ApplyEvents(SettingsReader settings, ClientOptions options)
    {
        var events = options.Events ??= new();
        settings.Count("Capacity", value => events.Capacity = value);
        settings.Time("FlushInterval", value => events.FlushInterval = value);
        settings.Count("ContextKeysCapacity", value => events.ContextKeysCapacity = value);
        settings.Time("ContextKeysResetInterval", value => events.ContextKeysResetInterval = value);
        settings.Switch("AllAttributesPrivate", value => events.AllAttributesPrivate = value);
        settings.List("PrivateAttributes", events.PrivateAttributes.Add);
        settings.Switch("OmitAnonymousContexts", value => events.OmitAnonymousContexts = value);
        settings.Switch("Gzip", value => events.Gzip = value);
        settings.Switch("Diagnostics", value => events.Diagnostics = value);
        settings.Time("DiagnosticsInterval", value => events.DiagnosticsInterval = value);
        settings.Enabled(() => options.Events = null);
    }

    private static void ApplyOverrides(SettingsReader settings, ClientOptions options)
    {
        options.Overrides = File(settings);
        settings.Enabled(() => options.Overrides = null);
    }

    private static void ApplyTracing(SettingsReader settings, ClientOptions options)
    {
        var isOn = true;
        var tracing = new TracingHookOptions();
        settings.Text("EventName", value => tracing.EventName = value);
        settings.Text("ProviderName", value => tracing.ProviderName = value);
        settings.Switch("IncludeValue", value => tracing.IncludeValue = value);
        settings.Switch("IncludeContextKey", value => tracing.IncludeContextKey = value);
        settings.Switch("CreateActivities", value => tracing.CreateActivities = value);
        settings.Text("EnvironmentId", value => tracing.EnvironmentId = value);
        settings.Enabled(() => isOn = false);
        if (isOn)
        {
            options.Hooks.Add(new TracingHook(tracing));
        }
    }

    private static void ApplyDataSystem(SettingsReader settings, ClientOptions options, IPersistentStore? store, string asService)
    {
        var kind = "";
        settings.Text("Kind", value => kind = value);
        switch (kind.ToUpperInvariant())
        {
            case "DEFAULT":
                options.DataSystem = Chain(settings, DataSystem.Default());
                break;
            case "CUSTOM":
                options.DataSystem = Chain(settings, DataSystem.Chain());
                break;
            case "DAEMON" when store is not null:
                options.DataSystem = LazyLoad(settings, DataSystem.LazyLoad(store));
                break;
            case "PERSISTENTSTORE" when store is not null:
                options.DataSystem = Chain(settings, DataSystem.PersistentStore(store));
                break;
            case "DAEMON" or "PERSISTENTSTORE":
                settings.Error("Kind", $"is '{kind}', which needs a store: register an IPersistentStore {asService}.");
                settings.Skip();
                break;
            default:
                if (Source(settings, kind, ProtocolVersion.Fdv1) is { } source)
                {
                    options.DataSystem = source;
                }
                else
                {
                    settings.Error("Kind", Problem(kind, "default, custom, daemon, persistentStore, streaming, polling or file") + " Others are set in code.");
                }

                break;
        }
    }

    private static string Problem(string kind, string choices) =>
        kind.Length == 0 ? $"is missing; it must be {choices}." : $"is '{kind}'; it must be {choices}.";

    private static SourceOptions? Source(SettingsReader settings, string kind, ProtocolVersion protocol)
    {
        switch (kind.ToUpperInvariant())
        {
            case "STREAMING":
                return Streaming(settings, protocol);
            case "POLLING":
                return Polling(settings, protocol);
            case "FILE":
                return File(settings);
            default:
                settings.Skip();
                return null;
        }
    }

    // One of several sources: it speaks FDv2 unless its settings say otherwise.
    private static void AddSource(SettingsReader settings, ProtocolVersion protocol, Action<SourceOptions> add)
    {
        var kind = "";
        settings.Text("Kind", value => kind = value);
        if (Source(settings, kind, protocol) is { } source)
        {
            add(source);
        }
        else
        {
            settings.Error("Kind", Problem(kind, "streaming, polling or file"));
        }
    }

    private static SourceChainOptions Chain(SettingsReader settings, SourceChainOptions options)
    {
        // A list replaces the default one as a whole: a mixture of both is never what was meant.
        settings.Sections("Initializers", options.Initializers.Clear, source => AddSource(source, ProtocolVersion.Fdv2, options.Initializers.Add));
        settings.Sections("Synchronizers", options.Synchronizers.Clear, source => AddSource(source, ProtocolVersion.Fdv2, options.Synchronizers.Add));
        settings.Section("Fdv1Fallback", source => AddSource(source, ProtocolVersion.Fdv1, value => options.Fdv1Fallback = value));
        settings.Time("FallbackAfter", value => options.FallbackAfter = value);
        settings.Time("RecoverAfter", value => options.RecoverAfter = value);
        settings.Time("SlowStartTimeout", value => options.SlowStartTimeout = value);
        settings.Time("InitializerTimeout", value => options.InitializerTimeout = value);
        return options;
    }

    private static LazyLoadOptions LazyLoad(SettingsReader settings, LazyLoadOptions options)
    {
        settings.Time("Ttl", value => options.Ttl = value);
        settings.Fraction("TtlJitter", value => options.TtlJitter = value);
        settings.Time("ReadTimeout", value => options.ReadTimeout = value);
        settings.Time("FetchTimeout", value => options.FetchTimeout = value);
        settings.Switch("StaleWhileRevalidate", value => options.StaleWhileRevalidate = value);
        settings.Count("MaxItems", value => options.MaxItems = value);
        settings.Switch("ListenForChanges", value => options.ListenForChanges = value);
        settings.Time("TtlWhileListening", value => options.TtlWhileListening = value);
        settings.Number("RefetchBytesPerSecond", value => options.RefetchBytesPerSecond = value);
        settings.Time("RefetchSpread", value => options.RefetchSpread = value);
        return options;
    }

    private static StreamingOptions Streaming(SettingsReader settings, ProtocolVersion protocol)
    {
        var options = DataSystem.Streaming(protocol);
        settings.Choice<ProtocolVersion>("Protocol", value => options.Protocol = value);
        settings.Address("BaseUri", value => options.BaseUri = value);
        settings.Time("InitialReconnectDelay", value => options.InitialReconnectDelay = value);
        settings.Time("MaxReconnectDelay", value => options.MaxReconnectDelay = value);
        settings.Time("ReconnectDelayReset", value => options.ReconnectDelayReset = value);
        settings.Time("ReadTimeout", value => options.ReadTimeout = value);
        settings.Text("PayloadFilter", value => options.PayloadFilter = value);
        settings.Choice<UnexpectedStatusPolicy>("UnexpectedStatus", value => options.UnexpectedStatus = value);
        settings.Switch("RetryTlsFailuresSlowly", value => options.RetryTlsFailuresSlowly = value);
        settings.Number("MaxEventBytes", value => options.MaxEventBytes = value);
        return options;
    }

    private static PollingOptions Polling(SettingsReader settings, ProtocolVersion protocol)
    {
        var options = DataSystem.Polling(protocol);
        settings.Choice<ProtocolVersion>("Protocol", value => options.Protocol = value);
        settings.Address("BaseUri", value => options.BaseUri = value);
        settings.Time("Interval", value => options.Interval = value);
        settings.Switch("AllowShortIntervals", value => options.AllowShortIntervals = value);
        settings.Text("PayloadFilter", value => options.PayloadFilter = value);
        settings.Choice<UnexpectedStatusPolicy>("UnexpectedStatus", value => options.UnexpectedStatus = value);
        settings.Switch("RetryTlsFailuresSlowly", value => options.RetryTlsFailuresSlowly = value);
        settings.Number("MaxBodyBytes", value => options.MaxBodyBytes = value);
        return options;
    }

    private static FileSourceOptions File(SettingsReader settings)
    {
        var options = DataSystem.File();
        settings.List("Paths", options.Paths.Add);
        settings.Choice<DuplicateKeys>("DuplicateKeys", value => options.DuplicateKeys = value);
        settings.Switch("Reload", value => options.Reload = value);
        settings.Time("Debounce", value => options.Debounce = value);
        settings.Time("PollInterval", value => options.PollInterval = value);
        return options;
    }
}
