using DistributedFreeze.Security;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A certificate, its key and the authorities in a folder of their own, as one secret is mounted.</summary>
internal sealed class TlsFiles
{
    public TlsFiles(string folder)
    {
        Directory.CreateDirectory(folder);
        Certificate = Path.Combine(folder, "tls.crt");
        Key = Path.Combine(folder, "tls.key");
        Ca = Path.Combine(folder, "ca.crt");
    }

    public string Certificate { get; }

    public string Key { get; }

    public string Ca { get; }

    /// <summary>Settings of a silo that reads them.</summary>
    public string[] Settings => [$"Tls:CertificatePath={Certificate}", $"Tls:KeyPath={Key}", $"Tls:CaPath={Ca}"];

    /// <summary>Options of a client that reads them.</summary>
    public ClientTlsOptions Options => new() { CertificatePath = Certificate, KeyPath = Key, CaPath = Ca };

    /// <summary>Writes all three: the authorities before the certificate that one of them has issued.</summary>
    public TlsFiles Write((string Certificate, string Key) pair, params TestAuthority[] authorities)
    {
        Trust(authorities);
        File.WriteAllText(Certificate, pair.Certificate);
        File.WriteAllText(Key, pair.Key);
        return this;
    }

    /// <summary>Writes the authorities alone.</summary>
    public void Trust(params TestAuthority[] authorities) => File.WriteAllLines(Ca, authorities.Select(authority => authority.CaPem));

    public ClusterCertificates Read() => ClusterCertificates.Read(Certificate, Key, Ca);
}
