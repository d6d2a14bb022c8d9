using Halyard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers Halyard clients.</summary>
public static class HalyardServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="Client"/>, also as <see cref="IHalyardClient"/>, as a singleton that starts before the host's other
    /// services and ends with the host. Wrong settings end the start of the host with a clear message; a network that is away does
    /// not: the client then serves last known data or defaults and goes on trying. Without a host the client starts when
    /// <see cref="IHalyardClient.StartAsync"/> is called. From the services come logging, the clock, every
    /// <see cref="Hook"/>, every <see cref="IFlagFileFormat"/> of files that settings name, the <see cref="IPersistentStore"/> of the kinds <c>daemon</c> and <c>persistentStore</c> and of
    /// <c>WriteThrough</c>, and the <see cref="IBigSegmentStoreFactory"/> of <c>BigSegments</c>, which the same store is.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">
    /// The settings, such as <c>configuration.GetSection("Halyard")</c>. Read at the start; while the host runs, those of <c>TracingHook</c> are
    /// followed where there is one, and a change of any other is named in the log, because it waits for a restart.
    /// </param>
    /// <param name="configure">Sets what configuration cannot say; runs after the settings were read.</param>
    /// <exception cref="InvalidOperationException">There is a client without a name already.</exception>
    public static IServiceCollection AddHalyard(
        this IServiceCollection services, IConfiguration configuration, Action<ClientOptions>? configure = null) =>
        Add(services, "", configuration, configure);

    /// <summary>As <see cref="AddHalyard(IServiceCollection, IConfiguration, Action{ClientOptions}?)"/>, with settings from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="InvalidOperationException">There is a client without a name already.</exception>
    public static IServiceCollection AddHalyard(this IServiceCollection services, Action<ClientOptions> configure) =>
        Add(services, "", configure);

    /// <summary>
    /// Registers one of several clients under a name, which is the key of its services: <c>[FromKeyedServices("eu")] IHalyardClient</c>.
    /// It has options, data, a life and events of its own. Its hooks, its <see cref="IPersistentStore"/> and its
    /// <see cref="IBigSegmentStoreFactory"/> are those registered under the same key, and none without a key, because a store or a hook that two
    /// environments share without being told to mixes them up. Logging and the clock are the host's. Otherwise as
    /// <see cref="AddHalyard(IServiceCollection, IConfiguration, Action{ClientOptions}?)"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name: <see cref="ClientOptions.Name"/>, the name of its options, and the key.</param>
    /// <param name="configuration">The settings, such as <c>configuration.GetSection("Halyard:Eu")</c>, read and followed as those of a client without a name.</param>
    /// <param name="configure">Sets what configuration cannot say; runs after the settings were read.</param>
    /// <exception cref="InvalidOperationException">There is a client of this name already.</exception>
    public static IServiceCollection AddHalyard(
        this IServiceCollection services, string name, IConfiguration configuration, Action<ClientOptions>? configure = null) =>
        Add(services, Named(name), configuration, configure);

    /// <summary>As <see cref="AddHalyard(IServiceCollection, string, IConfiguration, Action{ClientOptions}?)"/>, with settings from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name: <see cref="ClientOptions.Name"/>, the name of its options, and the key.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="InvalidOperationException">There is a client of this name already.</exception>
    public static IServiceCollection AddHalyard(this IServiceCollection services, string name, Action<ClientOptions> configure) =>
        Add(services, Named(name), configure);

    /// <summary>As <see cref="AddHalyard(IServiceCollection, Action{ClientOptions})"/>, in place of the client without a name, if there is one.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; nothing is left of those of the one before.</param>
    public static IServiceCollection ReplaceHalyard(this IServiceCollection services, Action<ClientOptions> configure) =>
        Add(Without(services, ""), "", configure);

    /// <summary>As <see cref="AddHalyard(IServiceCollection, string, Action{ClientOptions})"/>, in place of the client of this name, if there is one.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name.</param>
    /// <param name="configure">Sets the options; nothing is left of those of the one before.</param>
    public static IServiceCollection ReplaceHalyard(this IServiceCollection services, string name, Action<ClientOptions> configure) =>
        Add(Without(services, Named(name)), Named(name), configure);

    /// <summary>
    /// Puts something else in place of a client, such as a test's substitute: it is what <see cref="IHalyardClient"/> gives. The client
    /// that was registered is gone, so that nothing is started, nor is there a <see cref="Client"/> among the services any more.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="client">What stands in. Whoever made it ends it.</param>
    /// <param name="name">The client's name; null for the one without a name.</param>
    public static IServiceCollection ReplaceHalyard(this IServiceCollection services, IHalyardClient client, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        var key = name is null ? "" : Named(name);
        Without(services, key);
        var registration = new ClientRegistration(key, null);
        Own(services, registration, ServiceDescriptor.Singleton(registration));
        if (key.Length == 0)
        {
            services.RemoveAll<IHalyardClient>();
            Own(services, registration, ServiceDescriptor.Singleton(client));
        }
        else
        {
            services.RemoveAllKeyed<IHalyardClient>(key);
            Own(services, registration, ServiceDescriptor.KeyedSingleton(key, client));
        }

        return services;
    }

    /// <summary>
    /// Gives tests a client whose flags are <paramref name="data"/>, in place of the registered one, if there is one: in
    /// <c>ConfigureTestServices</c> of a <c>WebApplicationFactory</c>. It opens no connection and no file, and sends no events.
    /// Hooks, logging and the clock are the application's.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="data">The flags. May serve several clients, and may change while they run.</param>
    /// <param name="name">The client's name; null for the one without a name.</param>
    public static IServiceCollection AddHalyardTestData(this IServiceCollection services, TestData data, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var key = name is null ? "" : Named(name);
        return Add(Without(services, key), key, options => options.DataSystem = DataSystem.TestData(data));
    }

    private static string Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name;
    }

    private static IServiceCollection Add(IServiceCollection services, string name, IConfiguration configuration, Action<ClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, name, (options, provider, registration) =>
        {
            registration.Applied = SettingsWatch.Read(configuration);
            registration.Tracing = ClientSettings.Apply(configuration, options, SettingsServices.Of(provider, name));
            configure?.Invoke(options);
        }, configuration);
    }

    private static IServiceCollection Add(IServiceCollection services, string name, Action<ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, name, (options, _, _) => configure(options));
    }

    private static IServiceCollection Add(
        IServiceCollection services, string name, Action<ClientOptions, IServiceProvider, ClientRegistration> configure, IConfiguration? settings = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (Find(services, name) is not null)
        {
            throw new InvalidOperationException(
                (name.Length == 0
                    ? "AddHalyard was called twice without a name. Give one of the clients a name: AddHalyard(\"name\", ...)."
                    : $"AddHalyard was called twice for the client '{name}'. Give one of them another name.")
                + " To put a client in place of the first, call ReplaceHalyard(...); in tests, AddHalyardTestData(...).");
        }

        var registration = new ClientRegistration(name, configure) { Settings = settings };
        Own(services, registration, ServiceDescriptor.Singleton(registration));
        var options = services.AddOptions<ClientOptions>(name);
        Own(services, registration, ServiceDescriptor.Singleton<IConfigureOptions<ClientOptions>>(provider => new ClientSetup(registration, provider)));

        // The validation at the start leaves with the client: it would find the options of nothing wrong.
        var before = services.Count;
        options.ValidateOnStart();
        registration.Owned.AddRange(services.Skip(before).Where(static service => service.ServiceType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(IConfigureOptions<>)));

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClientOptions>, ClientOptionsValidation>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClientLifetimes>());
        if (name.Length == 0)
        {
            Own(services, registration, ServiceDescriptor.Singleton(registration.Make));
            services.TryAddSingleton<IHalyardClient>(static provider => provider.GetRequiredService<Client>());
        }
        else
        {
            Own(services, registration, ServiceDescriptor.KeyedSingleton(name, (provider, _) => registration.Make(provider)));
            services.TryAddKeyedSingleton<IHalyardClient>(name, static (provider, key) => provider.GetRequiredKeyedService<Client>(key));
        }

        return services;
    }

    private static void Own(IServiceCollection services, ClientRegistration registration, ServiceDescriptor service)
    {
        services.Add(service);
        registration.Owned.Add(service);
    }

    private static IServiceCollection Without(IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        foreach (var service in Find(services, name)?.Owned ?? [])
        {
            services.Remove(service);
        }

        return services;
    }

    private static ClientRegistration? Find(IServiceCollection services, string name) =>
        services.Where(static service => !service.IsKeyedService)
            .Select(static service => service.ImplementationInstance)
            .OfType<ClientRegistration>()
            .FirstOrDefault(registration => registration.Name == name);
}
