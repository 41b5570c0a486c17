using DistributedFreeze.Errors;
using DistributedFreeze.Security;

namespace DistributedFreeze.Client;

/// <summary>PEM files with which a client speaks TLS to gateways; all three or none. New connections use renewed files.</summary>
public sealed record ClientTlsOptions
{
    /// <summary>Certificate of this client, those of intermediate authorities after it.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>Its private key, not encrypted.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Certificates of the authorities that have issued the silos' certificates.</summary>
    public string? CaPath { get; set; }

    /// <summary>Whether any of them is given.</summary>
    internal bool IsOn => !string.IsNullOrWhiteSpace(CertificatePath) || !string.IsNullOrWhiteSpace(KeyPath) || !string.IsNullOrWhiteSpace(CaPath);

    /// <summary>Reads the files.</summary>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="InvalidInputException">One of the three is not given, or a file cannot be used now; it names the missing one or the file.</exception>
    internal ClusterCertificates? Read()
    {
        (string Field, string? Path)[] files = [("tls cert", CertificatePath), ("tls key", KeyPath), ("tls ca", CaPath)];
        var missing = files.Where(file => string.IsNullOrWhiteSpace(file.Path)).ToList();
        if (missing.Count == 3)
        {
            return null;
        }

        if (missing.Count > 0)
        {
            throw new InvalidInputException(
                [.. missing.Select(file => new Problem(file.Field, "is missing; certificate, key and authorities go together: give all three or none"))]);
        }

        var certificates = ClusterCertificates.Read(CertificatePath!, KeyPath!, CaPath!);
        certificates.EnsureValid(TimeProvider.System.GetUtcNow());
        return certificates;
    }
}
