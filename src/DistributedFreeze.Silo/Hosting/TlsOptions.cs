using DistributedFreeze.Errors;
using DistributedFreeze.Security;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>PEM files that make the ports of silos and clients speak TLS; the first three or none. Renewed files are taken while the silo runs.</summary>
public sealed record TlsOptions
{
    /// <summary>Certificate of this silo, those of intermediate authorities after it; for servers and clients, since silos are both.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>Its private key, not encrypted.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Certificates of the authorities whose certificates are let in.</summary>
    public string? CaPath { get; init; }

    /// <summary>
    /// Certificates of authorities whose certificates are clients' and never silos', whatever they are for: the gateway lets them in beside
    /// those of <see cref="CaPath"/>.
    /// </summary>
    public string? ClientCaPath { get; init; }

    /// <summary>Whether the ports speak TLS.</summary>
    internal bool IsOn => CertificatePath is not null && KeyPath is not null && CaPath is not null;

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidInputException">A file is missing or wrong.</exception>
    internal ClusterCertificates Read() => ClusterCertificates.Read(CertificatePath!, KeyPath!, CaPath!, ClientCaPath);

    /// <summary>What is wrong, a sentence each.</summary>
    internal IEnumerable<string> Problems(string section)
    {
        if (!IsOn)
        {
            return CertificatePath is null && KeyPath is null && CaPath is null && ClientCaPath is null
                ? []
                : [$"{section}:CertificatePath, {section}:KeyPath and {section}:CaPath go together: give all three or none{(ClientCaPath is null ? "" : $", and {section}:ClientCaPath only with them")}"];
        }

        try
        {
            using var certificates = Read();
            certificates.EnsureValid(TimeProvider.System.GetUtcNow());
            return [];
        }
        catch (InvalidInputException wrong)
        {
            return wrong.Problems.Select(problem => $"{section}: {problem}");
        }
    }
}
