using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Security;

/// <summary>Where a certificate, its private key and the authorities are, in PEM; clients' certificates may have authorities of their own.</summary>
internal sealed record CertificatePaths(string Certificate, string Key, string Ca, string? ClientCa);

/// <summary>What the files held when they were read.</summary>
/// <param name="Paths">Where they are.</param>
/// <param name="Certificate">One's own certificate, those of intermediate authorities after it.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Ca">Certificates of authorities.</param>
/// <param name="ClientCa">Certificates of authorities of clients alone; null where there are none.</param>
internal sealed record CertificateFiles(CertificatePaths Paths, string Certificate, string Key, string Ca, string? ClientCa)
{
    /// <summary>Tells one content from another, without keeping the key's text.</summary>
    public string Digest { get; } = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Certificate}\0{Key}\0{Ca}\0{ClientCa}")));

    /// <exception cref="InvalidInputException">A file cannot be read; it names the file.</exception>
    public static CertificateFiles Read(CertificatePaths paths) => new(
        paths,
        Text(paths.Certificate, "cannot be read as certificates in PEM"),
        Text(paths.Key, "cannot be read"),
        Text(paths.Ca, "cannot be read as certificates in PEM"),
        paths.ClientCa is { } clients ? Text(clients, "cannot be read as certificates in PEM") : null);

    private static string Text(string path, string problem)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InvalidInputException(path, $"{problem}: {wrong.Message.ReplaceLineEndings(" ")}");
        }
    }
}
