using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DistributedFreeze.TestKit;

/// <summary>A certificate authority of a test's own, whose files lie in a folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);

    private readonly string _folder;
    private readonly X509Certificate2 _authority;

    /// <param name="folder">Where its own folder is made.</param>
    /// <param name="name">Its folder's name.</param>
    /// <param name="subject">Its own name; null takes the folder's.</param>
    /// <param name="days">How long it is valid, from yesterday on.</param>
    public TestAuthority(string folder, string name, string? subject = null, int days = 10)
    {
        _folder = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject ?? name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(From, From.AddDays(days));
        CaPath = Write("ca.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The file of its certificate.</summary>
    public string CaPath { get; }

    /// <summary>Its certificate in PEM.</summary>
    public string CaPem => _authority.ExportCertificatePem();

    /// <summary>Issues a certificate for nine days around now.</summary>
    /// <param name="name">Whom to, and how the files are called.</param>
    /// <param name="isSilo">Whether it is for servers and clients, or for clients alone.</param>
    public (string Certificate, string Key) Issue(string name, bool isSilo = true)
    {
        var (certificate, key) = IssuePem(name, isSilo: isSilo);
        return (Write($"{name}.pem", certificate), Write($"{name}.key", key));
    }

    /// <summary>Issues a certificate, and writes nothing.</summary>
    /// <param name="name">Whom to.</param>
    /// <param name="from">When it begins; null takes yesterday.</param>
    /// <param name="to">When it ends, before the authority does; null takes nine days later.</param>
    /// <param name="isSilo">Whether it is for servers and clients, or for clients alone.</param>
    public (string Certificate, string Key) IssuePem(string name, DateTimeOffset? from = null, DateTimeOffset? to = null, bool isSilo = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            isSilo ? [new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")] : [new("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            _authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var issued = request.Create(_authority, from ?? From, to ?? From.AddDays(9), RandomNumberGenerator.GetBytes(16));
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _authority.Dispose();

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, pem);
        return path;
    }
}
