using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>
/// One client as it was registered: its name and where its options come from. It is among the services itself, so that a
/// second registration of the name finds it, and all clients are found by what starts them.
/// </summary>
/// <param name="name">The key of its services and the name of its options; empty for the one without a name.</param>
/// <param name="configure">Sets its options; null when something else stands in for the client.</param>
internal sealed class ClientRegistration(string name, Action<ClientOptions, IServiceProvider, ClientRegistration>? configure)
{
    // What the thread is setting options of: whoever asks for that client meanwhile would wait for itself.
    [ThreadStatic]
    private static ImmutableStack<ClientRegistration>? _setting;

    public string Name => name;

    /// <summary>The settings that its options come from; null when they are set in code.</summary>
    public IConfiguration? Settings { get; init; }

    /// <summary>What its settings were when the options were made; null before.</summary>
    public Dictionary<string, string>? Applied { get; set; }

    /// <summary>The tracing hook that its settings have asked for; null for none.</summary>
    public TracingHook? Tracing { get; set; }

    /// <summary>Whether there is a client to start; otherwise something stands in for it.</summary>
    public bool HasClient => configure is not null;

    /// <summary>What was added to the services for this client alone, and leaves with it.</summary>
    public List<ServiceDescriptor> Owned { get; } = [];

    public static bool IsNamed(string name) => name.Length != 0;

    /// <exception cref="InvalidOperationException">A hook or a store of the client's asks for the client.</exception>
    /// <exception cref="OptionsValidationException">The options are wrong.</exception>
    public Client Make(IServiceProvider provider)
    {
        if (_setting?.Contains(this) == true)
        {
            throw new InvalidOperationException(
                $"{Title} is needed to make itself: one of its hooks, or its store, is a service that asks for the client. Have that service ask later, by IServiceProvider.");
        }

        return Client.Create(OptionsOf(provider));
    }

    /// <summary>Its options; made and validated at the first call.</summary>
    public ClientOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get(name);

    /// <summary>The client. Not made anew.</summary>
    public Client ClientOf(IServiceProvider provider) =>
        IsNamed(name) ? provider.GetRequiredKeyedService<Client>(name) : provider.GetRequiredService<Client>();

    /// <summary>Looks at the settings while the client runs; null when there are none.</summary>
    public SettingsWatch? Watch(IServiceProvider provider, ILogger logger) =>
        Settings is null || Applied is null ? null : new(Settings, Applied, Tracing, SettingsServices.Of(provider, name), Title, logger);

    /// <summary>Sets the options: what the services hold, then what the application says.</summary>
    public void Apply(ClientOptions options, IServiceProvider provider)
    {
        var outer = _setting;
        _setting = (outer ?? []).Push(this);
        try
        {
            options.Name = name;
            options.LoggerFactory = provider.GetService<ILoggerFactory>() ?? options.LoggerFactory;
            options.TimeProvider = provider.GetService<TimeProvider>() ?? options.TimeProvider;
            options.MeterFactory = provider.GetService<IMeterFactory>();
            foreach (var hook in IsNamed(name) ? provider.GetKeyedServices<Hook>(name) : provider.GetServices<Hook>())
            {
                options.Hooks.Add(hook);
            }

            configure!(options, provider, this);
        }
        finally
        {
            _setting = outer;
        }
    }

    /// <summary>How messages call it.</summary>
    public string Title => TitleOf(name);

    public static string TitleOf(string name) => IsNamed(name) ? $"Halyard's client '{name}'" : "Halyard's client";
}
