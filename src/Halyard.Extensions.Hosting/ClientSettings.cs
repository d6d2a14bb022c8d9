using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>Sets client options from a section of the configuration. What the section does not say stays as it is.</summary>
internal static class ClientSettings
{
    /// <exception cref="OptionsValidationException">Settings are wrong; it names every one of them by its path.</exception>
    public static void Apply(IConfiguration configuration, ClientOptions options)
    {
        var errors = new List<string>();
        var settings = new SettingsReader(configuration, errors);
        settings.Text("SdkKey", value => options.SdkKey = value);
        settings.Time("StartTimeout", value => options.StartTimeout = value);
        settings.Switch("Offline", value => options.Offline = value);
        settings.Section("Endpoints", endpoints => ApplyEndpoints(endpoints, options));
        settings.Section("Http", http => ApplyHttp(http, options.Http));
        settings.Section("Snapshot", snapshot => ApplySnapshot(snapshot, options.Snapshot ??= new()));
        settings.Section("DataSystem", system => ApplyDataSystem(system, options));
        settings.End();
        if (errors.Count != 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(ClientOptions), errors);
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

    private static void ApplyDataSystem(SettingsReader settings, ClientOptions options)
    {
        var kind = "";
        settings.Text("Kind", value => kind = value);
        switch (kind.ToUpperInvariant())
        {
            case "STREAMING":
                options.DataSystem = Streaming(settings);
                break;
            case "POLLING":
                options.DataSystem = Polling(settings);
                break;
            case "FILE":
                options.DataSystem = File(settings);
                break;
            case "":
                settings.Error("Kind", "is missing; it must be streaming, polling or file.");
                settings.Skip();
                break;
            default:
                settings.Error("Kind", $"is '{kind}'; it must be streaming, polling or file. Others are set in code.");
                settings.Skip();
                break;
        }
    }

    private static StreamingOptions Streaming(SettingsReader settings)
    {
        var options = DataSystem.Streaming();
        settings.Time("InitialReconnectDelay", value => options.InitialReconnectDelay = value);
        settings.Time("MaxReconnectDelay", value => options.MaxReconnectDelay = value);
        settings.Time("ReconnectDelayReset", value => options.ReconnectDelayReset = value);
        settings.Time("ReadTimeout", value => options.ReadTimeout = value);
        settings.Text("PayloadFilter", value => options.PayloadFilter = value);
        settings.Choice<UnexpectedStatusPolicy>("UnexpectedStatus", value => options.UnexpectedStatus = value);
        settings.Switch("RetryTlsFailuresSlowly", value => options.RetryTlsFailuresSlowly = value);
        return options;
    }

    private static PollingOptions Polling(SettingsReader settings)
    {
        var options = DataSystem.Polling();
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
