using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Halyard.IntegrationTests.Support;

/// <summary>A private certificate authority, made for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Halyard test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = request.CreateSelfSigned(_now.AddDays(-1), _now.AddDays(30));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Makes a server's certificate with its key.</summary>
    /// <param name="host">The one name it is good for.</param>
    /// <param name="days">From now until its end; negative for one that has ended.</param>
    /// <param name="usage">What it is good for.</param>
    public X509Certificate2 Issue(string host = "localhost", int days = 20, string usage = "1.3.6.1.5.5.7.3.1")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(Root, _now.AddDays(-1).AddMinutes(1), days > 0 ? _now.AddDays(days) : _now.AddHours(-1), RandomNumberGenerator.GetBytes(8));
        using var whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }
}
