using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Contexts;

/// <summary>What the client's settings and parameters are called at a command line.</summary>
internal static class ClientTerms
{
    /// <summary>The same problems, with settings called by their options.</summary>
    /// <param name="invalid">What the client says.</param>
    /// <param name="gateways">What named the gateways.</param>
    public static InvalidInputException Typed(InvalidInputException invalid, string gateways) => new(invalid.Problems.Select(problem =>
        problem.Field switch
        {
            "cluster" => problem with { Field = gateways },
            "cluster id" => problem with { Field = "--cluster-id" },
            "tls ca" => problem with { Field = "--tls-ca" },
            "tls cert" => problem with { Field = "--tls-cert" },
            "tls key" => problem with { Field = "--tls-key" },
            "run id" => problem with { Field = "--id" },
            _ => problem,
        }));
}
