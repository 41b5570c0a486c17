using System.CommandLine;
using DistributedFreeze.Cli.Contexts;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Remote;

/// <summary>The options that say which cluster a command is for.</summary>
internal sealed class ClusterAccess
{
    /// <summary>Environment variable that names the cluster where no option does.</summary>
    public const string Variable = "DFREEZE_CLUSTER";

    /// <summary>Somebody waits at a prompt.</summary>
    private static readonly TimeSpan SuggestionTime = TimeSpan.FromSeconds(2);

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = $"Gateways of the cluster, with commas between them [default: {Variable}, then the context in use]",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _clusterId = new("--cluster-id")
    {
        Description = $"The cluster's id, as its silos have it [default: the context's, or {ClusterContext.DefaultId}]",
        HelpName = "ID",
    };

    private readonly Option<string?> _context = new("--context")
    {
        Description = "A cluster by the name that dfreeze context add gave it",
        HelpName = "NAME",
    };

    private readonly TlsAccess _tls = new(defaults: true);

    public ClusterAccess() => _context.CompletionSources.Add(_ => ContextNames());

    public void AddTo(Command command)
    {
        command.Add(_cluster);
        command.Add(_clusterId);
        command.Add(_context);
        _tls.AddTo(command);
    }

    /// <summary>Whether an option names a cluster.</summary>
    public bool IsNamed(ParseResult parsed) => parsed.GetValue(_cluster) is { Length: > 0 } || parsed.GetValue(_context) is { Length: > 0 };

    /// <summary>Does something with a client that is connected to the cluster.</summary>
    /// <exception cref="InvalidInputException">No cluster is named, or not as <c>HOST:PORT</c>, or a file for TLS is missing or wrong.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster does not answer.</exception>
    public async Task<int> WithAsync(
        ParseResult parsed, Func<DistributedFreezeClient, Task<int>> action, CancellationToken cancellationToken)
    {
        var options = Options(parsed);
        try
        {
            await using var connection = await ClusterConnection.ConnectAsync(options, cancellationToken);
            return await action(connection.Client);
        }
        catch (InvalidInputException invalid)
        {
            throw ClientTerms.Typed(invalid, WhereFrom(parsed));
        }
    }

    private string WhereFrom(ParseResult parsed) =>
        parsed.GetValue(_cluster) is { Length: > 0 } ? _cluster.Name
        : parsed.GetValue(_context) is { Length: > 0 } context ? $"{_context.Name} {context}"
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } ? Variable
        : "the context in use";

    /// <summary>Asks the cluster for words to complete a command line with; none where it is not to be reached at once.</summary>
    public string[] Suggest(ParseResult parsed, Func<DistributedFreezeClient, Task<IEnumerable<string>>> ask)
    {
        try
        {
            // The parser completes synchronously, in a process that does nothing else.
            return Task.Run(async () =>
            {
                await using var connection = await ClusterConnection.ConnectAsync(Options(parsed) with { ConnectTimeout = SuggestionTime });
                return (await ask(connection.Client).WaitAsync(SuggestionTime)).ToArray();
            }).GetAwaiter().GetResult();
        }
        catch (Exception reason) when (reason is InvalidInputException or ClusterUnavailableException or TimeoutException)
        {
            return [];
        }
    }

    private DistributedFreezeClientOptions Options(ParseResult parsed)
    {
        var cluster = parsed.GetValue(_cluster);
        var context = parsed.GetValue(_context);
        if (cluster is { Length: > 0 } && context is { Length: > 0 })
        {
            throw new InvalidInputException(_context.Name, $"cannot stand beside {_cluster.Name}; give one of the two");
        }

        var named = Named(cluster, context);
        named.ClusterId = parsed.GetValue(_clusterId) ?? named.ClusterId;
        named.Tls = _tls.Of(parsed, named.Tls);
        return named.Options();
    }

    private ClusterContext Named(string? cluster, string? context)
    {
        if (context is { Length: > 0 })
        {
            return ContextFile.OfUser().Read().Get(_context.Name, context);
        }

        if ((cluster is { Length: > 0 } ? cluster : Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } gateways)
        {
            return ClusterContext.Of(gateways, clusterId: null, TlsAccess.OfVariables());
        }

        return ContextFile.OfUser().Read().Used ?? throw new InvalidInputException(
            _cluster.Name, $"is missing; give HOST:PORT of a silo's gateway, set {Variable}, or name a cluster once with dfreeze context add");
    }

    private static string[] ContextNames()
    {
        try
        {
            return [.. ContextFile.OfUser().Read().Contexts.Keys];
        }
        catch (InvalidInputException)
        {
            return [];
        }
    }
}
