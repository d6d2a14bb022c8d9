using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Halyard.ContractService;

/// <summary>A web application on loopback alone, without a log of its own: the service, and in tests the harness's side.</summary>
internal sealed class LoopbackApplication : IAsyncDisposable
{
    private readonly WebApplication _application;

    private LoopbackApplication(WebApplication application) => _application = application;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts listening.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="map">Says what is answered.</param>
    /// <param name="certificate">For TLS; null for none.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<LoopbackApplication> StartAsync(
        int port, Action<WebApplication> map, X509Certificate2? certificate = null, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            if (certificate is not null)
            {
                kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(certificate));
            }
            else if (port == 0)
            {
                kestrel.Listen(IPAddress.Loopback, 0);
            }
            else
            {
                kestrel.ListenLocalhost(port);
            }
        });
        var application = builder.Build();
        map(application);
        await application.StartAsync(cancellationToken);
        return new(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
