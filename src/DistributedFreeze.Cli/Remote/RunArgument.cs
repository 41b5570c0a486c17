using System.CommandLine;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Remote;

/// <summary>The run that a command is about.</summary>
internal static class RunArgument
{
    public static Argument<string?> Create() => new("RUN") { Description = "The run's id, as submit and runs print it", Arity = ArgumentArity.ZeroOrOne };

    /// <exception cref="InvalidInputException">It is missing.</exception>
    public static string Of(ParseResult parsed, Argument<string?> argument) => parsed.GetValue(argument) is { Length: > 0 } run
        ? run
        : throw new InvalidInputException(argument.Name, "is missing; give the id of a run, such as dfreeze runs lists");
}
