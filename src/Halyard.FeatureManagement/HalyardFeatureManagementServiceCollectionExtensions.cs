using Halyard;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts Halyard behind Microsoft.FeatureManagement.</summary>
public static class HalyardFeatureManagementServiceCollectionExtensions
{
    /// <summary>
    /// Makes <c>IFeatureManager</c>, <c>IVariantFeatureManager</c> and their snapshots answer by the flags of the registered <see cref="IHalyardClient"/>, and with
    /// them gates, tag helpers and variant services. A feature that is no flag is answered as the configuration says. After
    /// <c>AddScopedFeatureManagement</c> the managers are scoped as well; a call of <c>AddFeatureManagement</c> before or after this one does no harm.
    /// </summary>
    /// <param name="services">The services, which <c>AddHalyard</c> gives a client.</param>
    /// <param name="configure">Sets whom features are evaluated for; called once, now.</param>
    /// <returns>Microsoft's builder, for filters and session managers.</returns>
    public static IFeatureManagementBuilder AddHalyardFeatureManagement(this IServiceCollection services, Action<FeatureOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new FeatureOptions();
        configure?.Invoke(options);
        var lifetime = services.LastOrDefault(static service => service.ServiceType == typeof(IFeatureManager) && !service.IsKeyedService)?.Lifetime
            ?? ServiceLifetime.Singleton;
        var builder = lifetime == ServiceLifetime.Scoped ? services.AddScopedFeatureManagement() : services.AddFeatureManagement();
        services.Replace(new(typeof(FeatureReader), provider => new FeatureReader(
            provider.GetRequiredService<IHalyardClient>(),
            new(options, provider.GetService<ICurrentFlagContext>(), provider.GetService<ITargetingContextAccessor>()),
            provider.GetRequiredService<FeatureManager>(),
            provider.GetServices<ISessionManager>()), lifetime));
        services.Replace(new(typeof(LiveFeatureManager), static provider => new LiveFeatureManager(provider.GetRequiredService<FeatureReader>()), lifetime));
        services.Replace(new(typeof(IFeatureManager), static provider => provider.GetRequiredService<LiveFeatureManager>(), lifetime));
        services.Replace(new(typeof(IVariantFeatureManager), static provider => provider.GetRequiredService<LiveFeatureManager>(), lifetime));
        services.Replace(ServiceDescriptor.Scoped(static provider => new SnapshotFeatureManager(provider.GetRequiredService<FeatureReader>())));
        services.Replace(ServiceDescriptor.Scoped<IFeatureManagerSnapshot>(static provider => provider.GetRequiredService<SnapshotFeatureManager>()));
        services.Replace(ServiceDescriptor.Scoped<IVariantFeatureManagerSnapshot>(static provider => provider.GetRequiredService<SnapshotFeatureManager>()));
        return builder;
    }
}
