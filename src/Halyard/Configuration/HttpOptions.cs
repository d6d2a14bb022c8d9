using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Halyard;

/// <summary>Connection settings shared by all HTTP sources.</summary>
public sealed class HttpOptions
{
    /// <summary>How long a connection may take to open. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the start of a response may take, and each pause in a polled body. Default: 10 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many bytes a second must arrive at least, on average over <see cref="MinimumRateWindow"/>, of a polled body and of
    /// a stream's event that has begun; with less the connection is given up and tried again. A stream that has nothing to
    /// say may be silent. Default: 16,384; 0 asks for none.
    /// </summary>
    public int MinimumBytesPerSecond { get; set; } = 16 * 1024;

    /// <summary>The time over which <see cref="MinimumBytesPerSecond"/> is counted. Default: 30 seconds; at least 1 second.</summary>
    public TimeSpan MinimumRateWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The proxy. Default: what the environment names (<c>HTTPS_PROXY</c> and its like).</summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>Certificate authorities trusted beside the system's; for a private one.</summary>
    public X509Certificate2Collection? CustomAuthorities { get; set; }

    /// <summary>Accepts any server certificate. For tests; it removes the protection of TLS. Default: false.</summary>
    public bool SkipCertificateValidation { get; set; }

    /// <summary>Headers added to every request; they replace built-in ones of the same name, whatever the case.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name of a wrapper around Halyard, for the <c>X-LaunchDarkly-Wrapper</c> header.</summary>
    public string? WrapperName { get; set; }

    /// <summary>The wrapper's version.</summary>
    public string? WrapperVersion { get; set; }

    /// <summary>The application's id, for the <c>X-LaunchDarkly-Tags</c> header; dropped when it has other than <c>A-Z a-z 0-9 . _ -</c> or over 64 characters.</summary>
    public string? ApplicationId { get; set; }

    /// <summary>The application's version, under the same rule.</summary>
    public string? ApplicationVersion { get; set; }

    /// <summary>The application's name, under the same rule.</summary>
    public string? ApplicationName { get; set; }

    /// <summary>The name of the application's version, under the same rule.</summary>
    public string? ApplicationVersionName { get; set; }

    /// <summary>Makes the handler of each client, in place of the built-in one: for tests and special transports. The client disposes it.</summary>
    public Func<HttpMessageHandler>? HandlerFactory { get; set; }
}
