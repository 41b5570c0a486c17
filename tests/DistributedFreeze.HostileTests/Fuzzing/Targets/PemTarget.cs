using System.Text;
using DistributedFreeze.Security;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A silo's certificate, key and authorities in PEM: an input is the three, a line with a form feed between them.</summary>
internal class PemTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "pem";

    public override int Inputs => 1_000;

    public override bool IsText => true;

    public override bool IsNative => true;

    public override IEnumerable<byte[]> Seeds()
    {
        using var authority = new TestAuthority(System.IO.Path.GetDirectoryName(Path)!, "authority");
        var (certificate, key) = authority.IssuePem("silo");
        yield return Encoding.ASCII.GetBytes($"{certificate}\f{key}\f{authority.CaPem}");
        yield return Encoding.ASCII.GetBytes($"{certificate}\n{authority.CaPem}\f{key}\f{authority.CaPem}\n{authority.CaPem}");
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\n", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN PUBLIC KEY-----\n", "-----", "=", "\n", "\f", "A"])
        .Select(Encoding.ASCII.GetBytes);

    public override void Read(byte[] input) => Read(Encoding.Latin1.GetString(input).Split('\f'));

    /// <summary>Reads as a silo does when it starts, and makes what TLS asks for.</summary>
    protected void Read(string[] files)
    {
        string[] paths = [In("certificate.pem"), In("key.pem"), In("ca.pem")];
        foreach (var (i, path) in paths.Index())
        {
            File.WriteAllText(path, files.ElementAtOrDefault(i) ?? "");
        }

        using var certificates = ClusterCertificates.Read(paths[0], paths[1], paths[2]);
        certificates.EnsureValid(DateTimeOffset.UtcNow);
        _ = certificates.ForServer(forSilos: true);
        _ = certificates.ForClient();
    }
}
