using DistributedFreeze.Client;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Contexts;

/// <summary>A cluster that has a name on this machine.</summary>
internal sealed class ClusterContext
{
    /// <summary>The id of a cluster that says no other.</summary>
    public const string DefaultId = "dfreeze";

    /// <summary>Gateways, <c>HOST:PORT</c> each.</summary>
    public List<string> Gateways { get; set; } = [];

    /// <summary>The cluster's id; null takes the default.</summary>
    public string? ClusterId { get; set; }

    /// <summary>What to show a cluster that speaks TLS; null where it does not.</summary>
    public ContextTls? Tls { get; set; }

    /// <param name="gateways">With commas between them.</param>
    /// <param name="clusterId">The cluster's id; null takes the default.</param>
    /// <param name="tls">What to show it; null speaks no TLS.</param>
    public static ClusterContext Of(string gateways, string? clusterId, ContextTls? tls) => new()
    {
        Gateways = [.. gateways.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
        ClusterId = clusterId,
        Tls = tls,
    };

    /// <summary>The same for the client.</summary>
    /// <exception cref="InvalidInputException">There is no gateway.</exception>
    public DistributedFreezeClientOptions Options() => Gateways is not { Count: > 0 } ? throw new InvalidInputException("cluster", "needs at least one gateway, HOST:PORT") : new()
    {
        Gateways = [.. Gateways],
        ClusterId = ClusterId ?? DefaultId,
        Tls = new() { CaPath = Tls?.Ca, CertificatePath = Tls?.Cert, KeyPath = Tls?.Key },
    };
}
