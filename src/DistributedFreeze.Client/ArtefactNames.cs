using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>Names under which files are offered become names of files here: none may lead to another folder.</summary>
internal static class ArtefactNames
{
    /// <returns>The same artefacts.</returns>
    /// <exception cref="InvalidInputException">One has a path for a name, none, or one that no file can have everywhere.</exception>
    public static ImmutableArray<Artefact> Require(ImmutableArray<Artefact> offered)
    {
        foreach (var (name, _, _) in offered)
        {
            if (name is null or "" or "." or ".." || name.AsSpan().IndexOfAny('/', '\\', ':') >= 0 || name.Any(char.IsControl))
            {
                throw new InvalidInputException("artefact", $"must have a plain file name: the cluster offers '{name}', and nothing was fetched");
            }
        }

        return offered;
    }
}
