using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Security;

/// <summary>This side's certificate and the authorities that it trusts: mutual TLS within a cluster.</summary>
/// <remarks>
/// Names are not compared, since silos have addresses and no names; whoever holds a certificate of the authorities is let in, so they
/// should be authorities of this cluster and of nothing else. Where a certificate says what it is for, a silo's must be for servers and
/// clients, a client's for clients. Clients may have authorities of their own, whose certificates are good for gateways and never a silo's,
/// whatever they say. Revocation is not asked for. Immutable and thread-safe.
/// </remarks>
public sealed class ClusterCertificates : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _intermediates;
    private readonly X509Certificate2Collection _authorities;
    private readonly X509Certificate2Collection _clientAuthorities;
    private readonly SslStreamCertificateContext _context;

    private ClusterCertificates(
        CertificateFiles files,
        X509Certificate2 own,
        X509Certificate2Collection intermediates,
        X509Certificate2Collection authorities,
        X509Certificate2Collection clientAuthorities)
    {
        _own = own;
        _intermediates = intermediates;
        _authorities = authorities;
        _clientAuthorities = clientAuthorities;
        _context = SslStreamCertificateContext.Create(own, intermediates, offline: true);
        (Paths, Digest) = (files.Paths, files.Digest);
        (NotBefore, NotAfter) = (own.NotBefore, own.NotAfter);
        AuthoritiesNotAfter = End(authorities);
        ClientAuthoritiesNotAfter = clientAuthorities.Count > 0 ? End(clientAuthorities) : null;
        Thumbprint = own.GetCertHashString(HashAlgorithmName.SHA256);
    }

    /// <summary>SHA-256 of this side's certificate, in hexadecimal digits.</summary>
    public string Thumbprint { get; }

    /// <summary>When this side's certificate becomes valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>When this side's certificate expires.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>When the last of the authorities expires: no peer is accepted after that.</summary>
    public DateTimeOffset AuthoritiesNotAfter { get; }

    /// <summary>When the last of the authorities of clients alone expires; null where there are none.</summary>
    public DateTimeOffset? ClientAuthoritiesNotAfter { get; }

    /// <summary>How many authorities there are, without those of clients alone: several while one takes over from another.</summary>
    public int Authorities => _authorities.Count;

    /// <summary>Where they were read.</summary>
    internal CertificatePaths Paths { get; }

    /// <summary>What the files held, as <see cref="CertificateFiles.Digest"/> tells it.</summary>
    internal string Digest { get; }

    /// <summary>Reads PEM files.</summary>
    /// <param name="certificatePath">One's own certificate, those of intermediate authorities after it.</param>
    /// <param name="keyPath">Its private key, not encrypted.</param>
    /// <param name="caPath">At least one authority's certificate.</param>
    /// <param name="clientCaPath">At least one certificate of an authority of clients alone; null where there is none.</param>
    /// <exception cref="InvalidInputException">A file cannot be read, or is not what it should be; it names the file.</exception>
    public static ClusterCertificates Read(string certificatePath, string keyPath, string caPath, string? clientCaPath = null) =>
        Of(CertificateFiles.Read(new(certificatePath, keyPath, caPath, clientCaPath)));

    /// <summary>Makes sure that they can be used at a moment.</summary>
    /// <param name="now">The moment.</param>
    /// <exception cref="InvalidInputException">One's own certificate has ended or not begun, or all authorities have ended; it names the file.</exception>
    public void EnsureValid(DateTimeOffset now)
    {
        if (NotAfter <= now || NotBefore > now)
        {
            throw new InvalidInputException(Paths.Certificate, $"must be valid now by this machine's clock; it is from {NotBefore:u} to {NotAfter:u}");
        }

        EnsureLast(Paths.Ca, AuthoritiesNotAfter, now);
        if (ClientAuthoritiesNotAfter is { } end)
        {
            EnsureLast(Paths.ClientCa!, end, now);
        }
    }

    /// <summary>Makes certificates of what files held.</summary>
    /// <exception cref="InvalidInputException">A file is not what it should be; it names the file.</exception>
    internal static ClusterCertificates Of(CertificateFiles files)
    {
        var chain = Import(files.Paths.Certificate, files.Certificate);
        var authorities = Import(files.Paths.Ca, files.Ca);
        var clientAuthorities = files.ClientCa is null ? [] : Import(files.Paths.ClientCa!, files.ClientCa);
        try
        {
            using var own = X509Certificate2.CreateFromPem(files.Certificate, files.Key);

            // A key that was read from PEM is not seen by every platform's TLS before it has been through PKCS #12.
            return new(
                files,
                X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), password: null),
                [.. chain.Skip(1)],
                authorities,
                clientAuthorities);
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new InvalidInputException(files.Paths.Key, $"must be the private key of {files.Paths.Certificate} in PEM, not encrypted");
        }
    }

    /// <summary>For the side that takes a connection: the other one must show a certificate.</summary>
    /// <param name="refused">Told why a peer is not let in.</param>
    /// <param name="forSilos">
    /// Whether the other side must be a silo: neither a certificate that says that it is for clients alone nor one of the clients' own
    /// authorities is enough.
    /// </param>
    public SslServerAuthenticationOptions ForServer(Action<string>? refused = null, bool forSilos = false) => new()
    {
        ServerCertificateContext = _context,
        ClientCertificateRequired = true,
        CertificateChainPolicy = forSilos ? Policy(_authorities, ForServers, ForClients) : Policy([.. _authorities, .. _clientAuthorities]),
        RemoteCertificateValidationCallback = (_, peer, chain, errors) => IsLetIn(peer, chain, errors, refused),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    /// <summary>For the side that makes a connection.</summary>
    /// <param name="refused">Told why a peer is not let in.</param>
    public SslClientAuthenticationOptions ForClient(Action<string>? refused = null) => new()
    {
        ClientCertificateContext = _context,
        TargetHost = "",
        CertificateChainPolicy = Policy(_authorities),
        RemoteCertificateValidationCallback = (_, peer, chain, errors) => IsLetIn(peer, chain, errors, refused),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        foreach (var certificate in _intermediates.Concat(_authorities).Concat(_clientAuthorities))
        {
            certificate.Dispose();
        }
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities, params ReadOnlySpan<string> uses)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        policy.DisableCertificateDownloads = true;
        foreach (var use in uses)
        {
            policy.ApplicationPolicy.Add(new Oid(use));
        }

        return policy;
    }

    private static bool IsLetIn(X509Certificate? peer, X509Chain? chain, SslPolicyErrors errors, Action<string>? refused)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None)
        {
            return true;
        }

        refused?.Invoke(peer is null
            ? "it shows no certificate"
            : $"its certificate, {peer.Subject}, is not one of this cluster's authorities: "
                + string.Join("; ", chain?.ChainStatus.Select(Reason) ?? []));
        return false;
    }

    private static string Reason(X509ChainStatus status) => status.StatusInformation.Trim().TrimEnd('.');

    private static DateTimeOffset End(X509Certificate2Collection authorities) => authorities.Max(authority => (DateTimeOffset)authority.NotAfter);

    private static void EnsureLast(string path, DateTimeOffset end, DateTimeOffset now)
    {
        if (end <= now)
        {
            throw new InvalidInputException(path, $"must hold an authority that is valid now by this machine's clock; the last ended at {end:u}");
        }
    }

    private static X509Certificate2Collection Import(string path, string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new InvalidInputException(path, $"cannot be read as certificates in PEM: {wrong.Message.ReplaceLineEndings(" ")}");
        }

        // The rest of a file that is still being written would be passed over in silence.
        var begun = pem.AsSpan().Count("-----BEGIN CERTIFICATE-----");
        return found.Count > 0 && found.Count == begun
            ? found
            : throw new InvalidInputException(path, "must hold at least one certificate in PEM, and end each that it begins");
    }
}
