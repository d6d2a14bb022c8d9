using Microsoft.Extensions.DependencyInjection;

namespace Halyard;

/// <summary>What the services hold for the settings of one client.</summary>
/// <param name="Store">The store, for the settings that need one; null when there is none.</param>
/// <param name="BigSegments">What opens big segments; null when there is nothing that does.</param>
/// <param name="Formats">The formats of flag files beside JSON.</param>
/// <param name="Client">The client's name, under which its own services are registered; empty for the client without one.</param>
internal sealed record SettingsServices(
    IPersistentStore? Store = null, IBigSegmentStoreFactory? BigSegments = null, IReadOnlyList<IFlagFileFormat>? Formats = null, string Client = "")
{
    /// <summary>How a service of this client is to be registered, for messages.</summary>
    public string Registration => Client.Length == 0 ? "as a service" : $"as a keyed service under '{Client}'";

    /// <summary>Formats are shared by all clients, because a way of reading belongs to none; a client's own come first. Stores are never shared unasked.</summary>
    public static SettingsServices Of(IServiceProvider provider, string client)
    {
        var shared = provider.GetServices<IFlagFileFormat>();
        if (!ClientRegistration.IsNamed(client))
        {
            var store = provider.GetService<IPersistentStore>();
            return new(store, provider.GetService<IBigSegmentStoreFactory>() ?? store as IBigSegmentStoreFactory, [.. shared], client);
        }

        var own = provider.GetKeyedService<IPersistentStore>(client);
        return new(
            own,
            provider.GetKeyedService<IBigSegmentStoreFactory>(client) ?? own as IBigSegmentStoreFactory,
            [.. provider.GetKeyedServices<IFlagFileFormat>(client), .. shared],
            client);
    }
}
