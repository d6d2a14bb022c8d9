using System.Net;

namespace Halyard.Http;

/// <summary>
/// A proxy whose address names no user: the platform repeats the address in the message of a tunnel that fails, with the
/// password and all. The user is given as credentials, which the platform takes from nowhere else.
/// </summary>
internal sealed class ProxyWithoutUser(IWebProxy inner) : IWebProxy, ICredentials
{
    private volatile NetworkCredential? _ofAddress;

    // Asked for once, before the address is known: what it answers is found when it is needed.
    public ICredentials? Credentials
    {
        get => this;
        set => inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination)
    {
        var proxy = inner.GetProxy(destination);
        if (proxy is null || proxy.UserInfo.Length == 0)
        {
            return proxy;
        }

        var colon = proxy.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var (user, password) = colon < 0 ? (proxy.UserInfo, "") : (proxy.UserInfo[..colon], proxy.UserInfo[(colon + 1)..]);
        _ofAddress = new(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        return new($"{proxy.Scheme}://{proxy.Authority}{proxy.PathAndQuery}");
    }

    public bool IsBypassed(Uri host) => inner.IsBypassed(host);

    public NetworkCredential? GetCredential(Uri uri, string authType) => inner.Credentials?.GetCredential(uri, authType) ?? _ofAddress;
}
