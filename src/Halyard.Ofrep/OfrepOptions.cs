using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>How <see cref="Microsoft.AspNetCore.Builder.OfrepEndpointRouteBuilderExtensions.MapOfrep"/> answers. Read once, when the endpoints are mapped.</summary>
public sealed class OfrepOptions
{
    /// <summary>
    /// Gives the client that a request is evaluated with. Default: null, the <see cref="IHalyardClient"/> among the application's
    /// services.
    /// </summary>
    public Func<HttpContext, IHalyardClient>? Client { get; set; }

    /// <summary>
    /// Says which flags a request may see, by <see cref="AllFlagsOptions.ClientSideOnly"/> and
    /// <see cref="AllFlagsOptions.MobileOnly"/>; other flags are answered like those that do not exist. Default: null, all flags.
    /// Evaluations of a server's own flags tell a browser what the flags' names and variations are.
    /// </summary>
    public Func<HttpContext, AllFlagsOptions>? Visible { get; set; }

    /// <summary>How many bytes of a request's body are read; a larger one is answered 413. Default: 1 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    internal void Validate()
    {
        if (MaxBodyBytes is < 1 or > 1024 * 1024 * 1024)
        {
            throw new ArgumentException($"OfrepOptions.MaxBodyBytes is {MaxBodyBytes}; it must be from 1 byte to 1 GiB.");
        }
    }
}
