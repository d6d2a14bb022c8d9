using System.Diagnostics.CodeAnalysis;
using Halyard;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers whom the flags of a request are evaluated for. Of several calls the last one decides.</summary>
public static class HalyardContextServiceCollectionExtensions
{
    /// <summary>
    /// Takes the context from the request as options say, and registers <see cref="RequestFlags"/> for constructors and views. The client
    /// comes from <c>AddHalyard</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets what of the request goes into the context; called once, now.</param>
    public static IServiceCollection AddHalyardContext(this IServiceCollection services, Action<RequestContextOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new RequestContextOptions();
        configure?.Invoke(options);
        return Add(services, ServiceDescriptor.Singleton<IFlagContextFactory>(new RequestContextFactory(options)));
    }

    /// <inheritdoc cref="AddHalyardContext(IServiceCollection, Action{RequestContextOptions}?)"/>
    /// <param name="services">The services.</param>
    /// <param name="create">Makes the context of a request; called from many threads.</param>
    public static IServiceCollection AddHalyardContext(this IServiceCollection services, Func<HttpContext, Context> create)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(create);
        return Add(services, ServiceDescriptor.Singleton<IFlagContextFactory>(new DelegateContextFactory(create)));
    }

    /// <inheritdoc cref="AddHalyardContext(IServiceCollection, Action{RequestContextOptions}?)"/>
    /// <typeparam name="TFactory">Makes the context; one for each request, so that it may use the request's services.</typeparam>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddHalyardContext<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFactory>(this IServiceCollection services)
        where TFactory : class, IFlagContextFactory
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, ServiceDescriptor.Scoped<IFlagContextFactory, TFactory>());
    }

    /// <summary>
    /// Takes the context of one of several clients from the request as options say: what its gates, its bootstrap and
    /// <c>HttpContext.Flags("name")</c> are evaluated for, which <c>[FromKeyedServices("name")] RequestFlags</c> is too. A client without a context of its
    /// own is asked for the one that was registered without a name.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="client">The client's name.</param>
    /// <param name="configure">Sets what of the request goes into the context; called once, now.</param>
    public static IServiceCollection AddHalyardContext(this IServiceCollection services, string client, Action<RequestContextOptions>? configure = null)
    {
        var options = new RequestContextOptions();
        configure?.Invoke(options);
        return Add(services, client, ServiceDescriptor.KeyedSingleton<IFlagContextFactory>(client, new RequestContextFactory(options)));
    }

    /// <inheritdoc cref="AddHalyardContext(IServiceCollection, string, Action{RequestContextOptions}?)"/>
    /// <param name="services">The services.</param>
    /// <param name="client">The client's name.</param>
    /// <param name="create">Makes the context of a request; called from many threads.</param>
    public static IServiceCollection AddHalyardContext(this IServiceCollection services, string client, Func<HttpContext, Context> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Add(services, client, ServiceDescriptor.KeyedSingleton<IFlagContextFactory>(client, new DelegateContextFactory(create)));
    }

    /// <inheritdoc cref="AddHalyardContext(IServiceCollection, string, Action{RequestContextOptions}?)"/>
    /// <typeparam name="TFactory">Makes the context; one for each request, so that it may use the request's services.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="client">The client's name.</param>
    public static IServiceCollection AddHalyardContext<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFactory>(
        this IServiceCollection services, string client)
        where TFactory : class, IFlagContextFactory => Add(services, client, ServiceDescriptor.KeyedScoped<IFlagContextFactory, TFactory>(client));

    private static IServiceCollection Add(IServiceCollection services, string client, ServiceDescriptor factory)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(client);
        services.RemoveAllKeyed<IFlagContextFactory>(client);
        services.Add(factory);
        services.TryAddKeyedScoped(client, static (provider, key) => Current(provider).Flags((string)key!));
        return AddShared(services);
    }

    private static IServiceCollection Add(IServiceCollection services, ServiceDescriptor factory)
    {
        services.Replace(factory);
        return AddShared(services);
    }

    private static IServiceCollection AddShared(IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.TryAddSingleton(static provider => new InvalidContextLog(provider.GetRequiredService<ILogger<InvalidContextLog>>()));
        services.TryAddSingleton<ICurrentFlagContext>(static provider => new RequestFlagContext(provider.GetRequiredService<IHttpContextAccessor>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, MisplacedGateCheck>());
        services.TryAddScoped(static provider => Current(provider).Flags());
        return services;
    }

    private static HttpContext Current(IServiceProvider provider) => provider.GetRequiredService<IHttpContextAccessor>().HttpContext
        ?? throw new InvalidOperationException(
            "RequestFlags belongs to a request, and there is none: elsewhere use IHalyardClient with a context of your own.");
}
