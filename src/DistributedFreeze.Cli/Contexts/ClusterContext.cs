namespace DistributedFreeze.Cli.Contexts;

/// <summary>A cluster that has a name on this machine.</summary>
internal sealed class ClusterContext
{
    /// <summary>Gateways, <c>HOST:PORT</c> each.</summary>
    public List<string> Gateways { get; set; } = [];

    /// <summary>The cluster's id; null takes the default.</summary>
    public string? ClusterId { get; set; }

    /// <param name="gateways">With commas between them.</param>
    /// <param name="clusterId">The cluster's id; null takes the default.</param>
    public static ClusterContext Of(string gateways, string? clusterId) => new()
    {
        Gateways = [.. gateways.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
        ClusterId = clusterId,
    };
}
