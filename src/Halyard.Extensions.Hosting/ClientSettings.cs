using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>Sets client options from a section of the configuration. What the section does not say stays as it is.</summary>
internal static class ClientSettings
{
    /// <summary>The section of the tracing hook.</summary>
    public const string TracingSection = "TracingHook";

    /// <param name="configuration">The section.</param>
    /// <param name="options">What is set.</param>
    /// <param name="services">What the services hold for settings that need it.</param>
    /// <returns>The tracing hook that the settings ask for, which is among the options' hooks; null for none.</returns>
    /// <exception cref="OptionsValidationException">Settings are wrong; it names every one of them by its path.</exception>
    public static TracingHook? Apply(IConfiguration configuration, ClientOptions options, SettingsServices services)
    {
        var errors = new List<string>();
        var settings = new SettingsReader(configuration, errors);
        var variables = false;
        settings.Switch("ReadLaunchDarklyVariables", value => variables = value);
        settings.Text("Name", value => options.Name = value);
        settings.Text("SdkKey", value => options.SdkKey = value);
        settings.Time("StartTimeout", value => options.StartTimeout = value);
        settings.Switch("Offline", value => options.Offline = value);
        settings.Section("Endpoints", endpoints => ApplyEndpoints(endpoints, options));
        settings.Section("Http", http => ApplyHttp(http, options.Http));
        settings.Section("Snapshot", snapshot => ApplySnapshot(snapshot, options.Snapshot ??= new()));
        settings.Section("WriteThrough", writing => ApplyWriteThrough(writing, options, services));
        settings.Section("BigSegments", segments => ApplyBigSegments(segments, options, services));
        settings.Section("Events", events => ApplyEvents(events, options));
        TracingHookOptions? tracing = null;
        settings.Section(TracingSection, section => tracing = Tracing(section));
        settings.Section("Overrides", overrides => ApplyOverrides(overrides, options, services));
        settings.Section("DataSystem", system => ApplyDataSystem(system, options, services));
        settings.End();
        if (errors.Count != 0)
        {
            throw new OptionsValidationException(services.Client, typeof(ClientOptions), errors);
        }

        if (variables)
        {
            options.ReadLaunchDarklyVariables();
        }

        if (tracing is null)
        {
            return null;
        }

        var hook = new TracingHook(tracing);
        options.Hooks.Add(hook);
        return hook;
    }

    /// <summary>What the settings say of tracing now; null for none. They were found right before, as a whole.</summary>
    public static TracingHookOptions? ReadTracing(IConfiguration configuration)
    {
        TracingHookOptions? tracing = null;
        new SettingsReader(configuration, []).Section(TracingSection, section => tracing = Tracing(section));
        return tracing;
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

    private static void ApplyWriteThrough(SettingsReader settings, ClientOptions options, SettingsServices services)
    {
        if (services.Store is not { } store)
        {
            settings.Error($"needs a store: register an IPersistentStore {services.Registration}.");
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

    private static void ApplyBigSegments(SettingsReader settings, ClientOptions options, SettingsServices services)
    {
        if (services.BigSegments is not { } factory)
        {
            settings.Error($"needs a store: register an IPersistentStore of Halyard's packages, or an IBigSegmentStoreFactory, {services.Registration}.");
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

    private static void ApplyOverrides(SettingsReader settings, ClientOptions options, SettingsServices services)
    {
        options.Overrides = File(settings, services);
        settings.Enabled(() => options.Overrides = null);
    }

    // Null when it is turned off.
    private static TracingHookOptions? Tracing(SettingsReader settings)
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
        return isOn ? tracing : null;
    }

    private static void ApplyDataSystem(SettingsReader settings, ClientOptions options, SettingsServices services)
    {
        var kind = "";
        settings.Text("Kind", value => kind = value);
        switch (kind.ToUpperInvariant())
        {
            case "DEFAULT":
                options.DataSystem = Chain(settings, DataSystem.Default(), services);
                break;
            case "CUSTOM":
                options.DataSystem = Chain(settings, DataSystem.Chain(), services);
                break;
            case "DAEMON" when services.Store is { } store:
                options.DataSystem = LazyLoad(settings, DataSystem.LazyLoad(store));
                break;
            case "PERSISTENTSTORE" when services.Store is { } store:
                options.DataSystem = Chain(settings, DataSystem.PersistentStore(store), services);
                break;
            case "DAEMON" or "PERSISTENTSTORE":
                settings.Error("Kind", $"is '{kind}', which needs a store: register an IPersistentStore {services.Registration}.");
                settings.Skip();
                break;
            default:
                if (Source(settings, kind, ProtocolVersion.Fdv1, services) is { } source)
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

    private static SourceOptions? Source(SettingsReader settings, string kind, ProtocolVersion protocol, SettingsServices services)
    {
        switch (kind.ToUpperInvariant())
        {
            case "STREAMING":
                return Streaming(settings, protocol);
            case "POLLING":
                return Polling(settings, protocol);
            case "FILE":
                return File(settings, services);
            default:
                settings.Skip();
                return null;
        }
    }

    // One of several sources: it speaks FDv2 unless its settings say otherwise.
    private static void AddSource(SettingsReader settings, ProtocolVersion protocol, SettingsServices services, Action<SourceOptions> add)
    {
        var kind = "";
        settings.Text("Kind", value => kind = value);
        if (Source(settings, kind, protocol, services) is { } source)
        {
            add(source);
        }
        else
        {
            settings.Error("Kind", Problem(kind, "streaming, polling or file"));
        }
    }

    private static SourceChainOptions Chain(SettingsReader settings, SourceChainOptions options, SettingsServices services)
    {
        // A list replaces the default one as a whole: a mixture of both is never what was meant.
        settings.Sections("Initializers", options.Initializers.Clear, source => AddSource(source, ProtocolVersion.Fdv2, services, options.Initializers.Add));
        settings.Sections("Synchronizers", options.Synchronizers.Clear, source => AddSource(source, ProtocolVersion.Fdv2, services, options.Synchronizers.Add));
        settings.Section("Fdv1Fallback", source => AddSource(source, ProtocolVersion.Fdv1, services, value => options.Fdv1Fallback = value));
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

    private static FileSourceOptions File(SettingsReader settings, SettingsServices services)
    {
        var options = DataSystem.File();
        foreach (var format in services.Formats ?? [])
        {
            options.Formats.Add(format);
        }

        settings.List("Paths", options.Paths.Add);
        settings.Choice<DuplicateKeys>("DuplicateKeys", value => options.DuplicateKeys = value);
        settings.Switch("Reload", value => options.Reload = value);
        settings.Time("Debounce", value => options.Debounce = value);
        settings.Time("PollInterval", value => options.PollInterval = value);
        return options;
    }
}
