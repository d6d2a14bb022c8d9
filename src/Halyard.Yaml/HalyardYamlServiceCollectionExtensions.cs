using Halyard;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets settings name flag files in YAML.</summary>
public static class HalyardYamlServiceCollectionExtensions
{
    /// <summary>
    /// Has every file that the settings of a registered client name, as flag data or as overrides, read as YAML 1.2 where it ends in
    /// <c>.yaml</c> or <c>.yml</c>. For the clients of <c>AddHalyard(configuration)</c>, before it or behind it; a second call changes nothing.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddHalyardYaml(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IFlagFileFormat, YamlFlagFile>());
        return services;
    }
}
