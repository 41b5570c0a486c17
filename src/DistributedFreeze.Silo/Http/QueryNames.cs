using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Silo.Http;

/// <summary>Refuses parameters that nobody reads: a filter that is misspelt would list everything.</summary>
internal static class QueryNames
{
    /// <exception cref="InvalidInputException">One is none of those that there are.</exception>
    public static void RequireKnown(HttpRequest request, params string[] known)
    {
        var problems = request.Query.Keys.Where(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)).Select(name => new Problem(
            name,
            NearNames.Of(name, known).Count > 0
                ? NearNames.Unknown("parameter", name, known)
                : $"unknown parameter '{name}'; there are {string.Join(", ", known)}")).ToList();
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }
}
