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

    private static IServiceCollection Add(IServiceCollection services, ServiceDescriptor factory)
    {
        services.Replace(factory);
        services.AddHttpContextAccessor();
        services.TryAddSingleton(static provider => new InvalidContextLog(provider.GetRequiredService<ILogger<InvalidContextLog>>()));
        services.TryAddSingleton<ICurrentFlagContext>(static provider => new RequestFlagContext(provider.GetRequiredService<IHttpContextAccessor>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, MisplacedGateCheck>());
        services.TryAddScoped(static provider => provider.GetRequiredService<IHttpContextAccessor>().HttpContext?.Flags()
            ?? throw new InvalidOperationException(
                "RequestFlags belongs to a request, and there is none: elsewhere use IHalyardClient with a context of your own."));
        return services;
    }
}
