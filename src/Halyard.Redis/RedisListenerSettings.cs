using System.Net;
using System.Net.Security;
using StackExchange.Redis;

namespace Halyard;

/// <summary>What a listening connection takes from the settings of the store's other connections.</summary>
/// <param name="User">The user; null for none.</param>
/// <param name="Password">The password; null for none.</param>
/// <param name="Ssl">How to encrypt; null for not at all.</param>
/// <param name="ConnectTimeout">How long connecting may take, the first commands included.</param>
internal sealed record RedisListenerSettings(string? User, string? Password, Func<EndPoint, SslClientAuthenticationOptions>? Ssl, TimeSpan ConnectTimeout)
{
    /// <summary>Says nothing: the password is nobody's business.</summary>
    public override string ToString() => nameof(RedisListenerSettings);

    /// <summary>Reads the settings of a connection.</summary>
    public static RedisListenerSettings Of(ConfigurationOptions configuration, TimeSpan connectTimeout) => new(
        configuration.User,
        configuration.Password,
        configuration.Ssl ? endPoint => Encryption(configuration, endPoint) : null,
        connectTimeout);

    private static SslClientAuthenticationOptions Encryption(ConfigurationOptions configuration, EndPoint endPoint)
    {
        var host = endPoint switch { DnsEndPoint name => name.Host, IPEndPoint address => address.Address.ToString(), _ => "" };
        if (configuration.SslClientAuthenticationOptions is { } make)
        {
            return make(host);
        }

        return new()
        {
            TargetHost = string.IsNullOrEmpty(configuration.SslHost) ? host : configuration.SslHost,
            EnabledSslProtocols = configuration.SslProtocols ?? default,
        };
    }
}
