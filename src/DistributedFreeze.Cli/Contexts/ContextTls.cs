namespace DistributedFreeze.Cli.Contexts;

/// <summary>Files in PEM for a cluster that speaks TLS.</summary>
internal sealed class ContextTls
{
    /// <summary>Certificates of the cluster's authorities.</summary>
    public string? Ca { get; set; }

    /// <summary>This client's certificate.</summary>
    public string? Cert { get; set; }

    /// <summary>Its private key.</summary>
    public string? Key { get; set; }

    /// <returns>Null where no file is named.</returns>
    public static ContextTls? Of(string? ca, string? cert, string? key) =>
        (ca, cert, key) is (null or "", null or "", null or "") ? null : new() { Ca = Full(ca), Cert = Full(cert), Key = Full(key) };

    /// <summary>A context is used from any folder.</summary>
    private static string? Full(string? path) => path is { Length: > 0 } ? Path.GetFullPath(path) : null;
}
