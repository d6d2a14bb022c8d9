using Halyard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a Halyard client.</summary>
public static class HalyardServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="Client"/>, also as <see cref="IHalyardClient"/>, as a singleton that starts before the host's other services and ends with the
    /// host. Wrong settings end the start of the host with a clear message; a network that is away does not: the client
    /// then serves last known data or defaults and goes on trying. Without a host the client starts when
    /// <see cref="IHalyardClient.StartAsync"/> is called. From the services come logging, the clock, every
    /// <see cref="Hook"/>, the <see cref="IPersistentStore"/> of the kinds <c>daemon</c> and <c>persistentStore</c> and of
    /// <c>WriteThrough</c>, and the <see cref="IBigSegmentStoreFactory"/> of <c>BigSegments</c>, which the same store is.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The settings, such as <c>configuration.GetSection("Halyard")</c>. Read once, at the start.</param>
    /// <param name="configure">Sets what configuration cannot say; runs after the settings were read.</param>
    public static IServiceCollection AddHalyard(
        this IServiceCollection services, IConfiguration configuration, Action<ClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddHalyard((options, provider) =>
        {
            var store = provider.GetService<IPersistentStore>();
            ClientSettings.Apply(configuration, options, store, provider.GetService<IBigSegmentStoreFactory>() ?? store as IBigSegmentStoreFactory);
            configure?.Invoke(options);
        });
    }

    /// <summary>As <see cref="AddHalyard(IServiceCollection, IConfiguration, Action{ClientOptions}?)"/>, with settings from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddHalyard(this IServiceCollection services, Action<ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddHalyard((options, _) => configure(options));
    }

    private static IServiceCollection AddHalyard(this IServiceCollection services, Action<ClientOptions, IServiceProvider> configure)
    {
        services.AddOptions<ClientOptions>()
            .Configure<IServiceProvider>(static (options, provider) =>
            {
                options.LoggerFactory = provider.GetService<ILoggerFactory>() ?? options.LoggerFactory;
                options.TimeProvider = provider.GetService<TimeProvider>() ?? options.TimeProvider;
                foreach (var hook in provider.GetServices<Hook>())
                {
                    options.Hooks.Add(hook);
                }
            })
            .Configure<IServiceProvider>(configure)
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClientOptions>, ClientOptionsValidation>());
        services.TryAddSingleton(static provider => Client.Create(provider.GetRequiredService<IOptions<ClientOptions>>().Value));
        services.TryAddSingleton<IHalyardClient>(static provider => provider.GetRequiredService<Client>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClientLifetime>());
        return services;
    }
}
