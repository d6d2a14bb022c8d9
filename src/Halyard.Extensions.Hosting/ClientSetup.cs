using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>Sets the options of one registered client, and of no other.</summary>
internal sealed class ClientSetup(ClientRegistration registration, IServiceProvider provider) : IConfigureNamedOptions<ClientOptions>
{
    public void Configure(string? name, ClientOptions options)
    {
        if (name == registration.Name)
        {
            registration.Apply(options, provider);
        }
    }

    public void Configure(ClientOptions options) => Configure(Options.DefaultName, options);
}
