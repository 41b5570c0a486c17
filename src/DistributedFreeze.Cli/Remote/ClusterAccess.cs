using System.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Remote;

/// <summary>The options that say which cluster a command is for.</summary>
internal sealed class ClusterAccess
{
    /// <summary>Environment variable that names the cluster where <c>--cluster</c> doesn't.</summary>
    public const string Variable = "DFREEZE_CLUSTER";

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = $"Gateways of the cluster, with commas between them [default: {Variable}]",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string> _clusterId = new("--cluster-id")
    {
        Description = "The cluster's id, as its silos have it",
        HelpName = "ID",
        DefaultValueFactory = _ => "dfreeze",
    };

    public void AddTo(Command command)
    {
        command.Add(_cluster);
        command.Add(_clusterId);
    }

    /// <summary>Does something with a client that is connected to the cluster.</summary>
    /// <exception cref="InvalidInputException">No cluster is named, or not as <c>HOST:PORT</c>.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster does not answer.</exception>
    public async Task<int> WithAsync(
        ParseResult parsed, Func<DistributedFreezeClient, Task<int>> action, CancellationToken cancellationToken)
    {
        var named = parsed.GetValue(_cluster) is { Length: > 0 } cluster ? cluster : Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(named))
        {
            throw new InvalidInputException(_cluster.Name, $"is missing; give HOST:PORT of a silo's gateway, or set {Variable}");
        }

        await using var connection = await ClusterConnection.ConnectAsync(
            new()
            {
                Gateways = [.. named.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                ClusterId = parsed.GetRequiredValue(_clusterId),
            },
            cancellationToken);
        return await action(connection.Client);
    }
}
