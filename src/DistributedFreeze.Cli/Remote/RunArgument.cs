using System.CommandLine;
using System.CommandLine.Completions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Remote;

/// <summary>The run that a command is about.</summary>
internal static class RunArgument
{
    private const int Suggested = 100;

    /// <param name="cluster">Where ids for the shell's completion come from.</param>
    public static Argument<string?> Create(ClusterAccess cluster)
    {
        // Without a name of its own help would write all that completes it, and ask the cluster for that.
        var run = new Argument<string?>("RUN") { Description = "The run's id, as submit and runs print it", Arity = ArgumentArity.ZeroOrOne, HelpName = "RUN" };
        run.CompletionSources.Add(context => Ids(cluster, context));
        return run;
    }

    /// <exception cref="InvalidInputException">It is missing.</exception>
    public static string Of(ParseResult parsed, Argument<string?> argument) => parsed.GetValue(argument) is { Length: > 0 } run
        ? run
        : throw new InvalidInputException(argument.Name, "is missing; give the id of a run, such as dfreeze runs lists");

    private static IEnumerable<CompletionItem> Ids(ClusterAccess cluster, CompletionContext context) => cluster
        .Suggest(context.ParseResult, async client => (await client.ListAsync(0, Suggested)).Select(run => run.RunId))
        .Select(id => new CompletionItem(id));
}
