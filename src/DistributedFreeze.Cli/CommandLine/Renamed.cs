using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>A field of a run that a command takes by another name than a run file does.</summary>
internal static class Renamed
{
    /// <summary>Does something, and names an argument or option where it finds the field wrong.</summary>
    /// <param name="field">The field, such as <c>data.path</c>.</param>
    /// <param name="name">What the person typed it as.</param>
    /// <param name="action">Does it.</param>
    /// <exception cref="InvalidInputException">What it threw, with the other name.</exception>
    public static T Field<T>(string field, string name, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (InvalidInputException invalid)
        {
            throw new InvalidInputException(invalid.Problems.Select(problem => problem.Field == field ? problem with { Field = name } : problem));
        }
    }
}
